"""``me/availability/``: what an agent says about themselves."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.availability import (
    LONGEST_SIGNATURE,
    is_away,
    set_away,
    set_signature,
)
from wagtail_escalated.models import AgentProfile
from wagtail_escalated.permissions import agent_profile, is_agent

from . import callers
from .base import DeskView
from .describing import describe
from .fields import Instant, Text, Truth


class AvailabilityJSON(serializers.Serializer):
    away = Truth(required=False, help_text="No ticket is assigned to you automatically meanwhile.")
    away_until = Instant(
        required=False, allow_null=True, help_text="Then you are back; `null`: until you say so."
    )
    signature = Text(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SIGNATURE,
        help_text="Stands below your answers.",
    )


class Availability(DeskView):
    permission_classes = [callers.HasScope, callers.IsInside]
    serializer_class = AvailabilityJSON

    def agent(self) -> AgentProfile:
        actor = self.caller.actor
        profile = agent_profile(actor) if is_agent(actor) else None
        if profile is None:
            raise PermissionDenied
        return profile

    @describe(operation_id="availability", responses={200: AvailabilityJSON})
    def get(self, request: Request) -> Response:
        """Whether you are away, until when, and what stands below your answers. For agents."""
        return Response(_told(self.agent()))

    @describe(
        operation_id="availability_update",
        request=AvailabilityJSON,
        responses={200: AvailabilityJSON},
    )
    def patch(self, request: Request) -> Response:
        """Say that you are away or back, or change your signature."""
        agent, sent, actor = self.agent(), self.sent(), self.caller.actor
        with transaction.atomic():
            if sent.keys() & {"away", "away_until"}:
                away = sent.get("away", is_away(agent))
                until = sent.get("away_until", agent.away_until if is_away(agent) else None)
                set_away(agent, away, until=until, actor=actor)
            if "signature" in sent:
                set_signature(agent, sent["signature"], actor=actor)
        return Response(_told(agent))


def _told(agent: AgentProfile) -> dict[str, Any]:
    away = is_away(agent)
    until = agent.away_until if away else None
    return AvailabilityJSON({"away": away, "away_until": until, "signature": agent.signature}).data
