"""Two tags that mean the same become one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from wagtail_escalated.actions.rules.naming import rename
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import SLAPolicy, Tag, Ticket
from wagtail_escalated.permissions import is_manager


def merge_tags(tag: Tag, into: Tag, *, actor: Any) -> int:
    """Give every ticket of ``tag`` the tag ``into`` and delete ``tag``; returns how many tickets got it anew.

    Service levels, rules and saved views that name the one name the other from now on.
    The tickets' histories keep the names that were given at the time; like renaming a tag this is no change of
    a ticket, so nothing is recorded or sent.
    """
    if actor is not SYSTEM and not is_manager(actor):
        raise PermissionDenied
    if tag.pk == into.pk:
        raise InvalidTicket("into", _("A tag cannot be merged into itself."))
    with transaction.atomic():
        moved = _move(Ticket.tags.through, "ticket_id", tag, into)
        _move(SLAPolicy.for_tags.through, "slapolicy_id", tag, into)
        rename(tag, into)
        tag.delete()
    return moved


def _move(through: Any, owner: str, tag: Tag, into: Tag) -> int:
    have = through.objects.filter(tag=into).values_list(owner, flat=True)
    through.objects.filter(tag=tag, **{f"{owner}__in": list(have)}).delete()
    return through.objects.filter(tag=tag).update(tag=into)
