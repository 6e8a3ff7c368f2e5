"""What becomes of a mail that was written: failed, sent again by hand, an address that is left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from wagtail_escalated.actions import outbound
from wagtail_escalated.actions.change import changing
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import EventKind, OutboundEmail, SuppressedAddress, normalise_address
from wagtail_escalated.permissions import check

State = OutboundEmail.State
SENT_AGAIN = (State.FAILED, State.BOUNCED, State.SUPPRESSED)


def record_failure(mail: OutboundEmail, *, kind: str, detail: str, now: datetime) -> None:
    """A line in the ticket's history: agents see that a mail did not arrive. Not for mails to agents."""
    if mail.ticket is None or mail.contact_id is None:
        return
    with changing(mail.ticket, actor=SYSTEM, verb="work", now=now) as change:
        change.record(
            EventKind.MAIL_FAILED,
            reply=mail.reply,
            mail=mail.pk,
            address=mail.address,
            how=kind,
            detail=detail[:500],
        )


def suppress(address: str, *, reason: str) -> None:
    """No mail goes to this address any more."""
    SuppressedAddress.objects.get_or_create(
        address=normalise_address(address)[:254], defaults={"reason": reason[:200]}
    )


def release(address: str) -> None:
    """Mail may go to this address again."""
    SuppressedAddress.objects.filter(address=normalise_address(address)).delete()


def send_again(mail: OutboundEmail, *, actor: Any, now: datetime | None = None) -> bool:
    """The button at a failed mail; ``False`` where it is not failed. The address is tried again too."""
    if mail.ticket is not None:
        check(actor, "work", mail.ticket)
    now = now or timezone.now()
    changed = OutboundEmail.objects.filter(pk=mail.pk, state__in=SENT_AGAIN).update(
        state=State.QUEUED, attempts=0, send_after=now, error=""
    )
    if changed:
        release(mail.address)
        outbound.announce(now)
    return bool(changed)
