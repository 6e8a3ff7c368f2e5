"""Whether an agent gets tickets assigned automatically, and what stands below their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import AgentProfile
from wagtail_escalated.permissions import is_manager

#: Characters.
LONGEST_SIGNATURE = 2000


def set_away(
    agent: AgentProfile, away: bool, *, actor: Any, until: datetime | None = None
) -> AgentProfile:
    """By themselves or by a manager. ``until`` an aware instant they are back by themselves."""
    _check(agent, actor)
    if away and until is not None and until <= timezone.now():
        raise InvalidTicket("away_until", _("Choose a moment in the future."))
    agent.away, agent.away_until = away, until if away else None
    agent.save(update_fields=["away", "away_until"])
    return agent


def set_signature(agent: AgentProfile, signature: str, *, actor: Any) -> AgentProfile:
    _check(agent, actor)
    agent.signature = signature.replace("\x00", "").strip()
    agent.save(update_fields=["signature"])
    return agent


def is_away(agent: AgentProfile, now: datetime | None = None) -> bool:
    """Switched away, and not back by now."""
    now = now or timezone.now()
    return agent.away and (agent.away_until is None or agent.away_until > now)


def _check(agent: AgentProfile, actor: Any) -> None:
    if actor is not SYSTEM and agent.user_id != actor.pk and not is_manager(actor):
        raise PermissionDenied
