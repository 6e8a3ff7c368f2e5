"""``me/``: who the token, session or link stands for."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.models import Contact, display_name
from wagtail_escalated.permissions import is_manager, standing_of

from .base import DeskView
from .describing import describe


class MeJSON(serializers.Serializer):
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    agent = serializers.IntegerField(allow_null=True, help_text="Your key among the agents.")
    manager = serializers.BooleanField()
    scopes = serializers.ListField(child=serializers.CharField())


class Me(DeskView):
    @describe(operation_id="me", responses={200: MeJSON})
    def get(self, request: Request) -> Response:
        """What you are to the desk."""
        caller = self.caller
        standing = standing_of(caller.actor)
        is_contact = isinstance(caller.actor, Contact)
        return Response(
            {
                "name": str(caller.actor) if is_contact else display_name(caller.actor),
                "roles": sorted(standing.roles),
                "agent": standing.profile.pk if standing.profile else None,
                "manager": not is_contact and is_manager(caller.actor),
                "scopes": sorted(caller.scopes),
            }
        )
