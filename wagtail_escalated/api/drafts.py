"""``tickets/<reference>/drafts/``: what the caller has begun to write there; nobody else's."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import drafts
from wagtail_escalated.models import Draft
from wagtail_escalated.sanitize import html_from_text, sanitize_html, text_from_html

from . import callers
from .describing import describe
from .fields import Text
from .tickets import TicketView

KINDS = Draft.Kind.choices
KIND = OpenApiParameter(
    "kind",
    {"type": "string", "enum": Draft.Kind.values},
    OpenApiParameter.PATH,
)


class DraftSent(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    body = Text(max_length=drafts.LONGEST, help_text="Plain text.")


class DraftJSON(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    body = serializers.SerializerMethodField(help_text="Plain text.")
    html = serializers.SerializerMethodField(help_text="The same, sanitised.")
    seen_version = serializers.IntegerField(help_text="Of the ticket, when it was saved.")
    updated_at = serializers.DateTimeField()

    def get_body(self, draft: Draft) -> str:
        return text_from_html(draft.body_html)

    def get_html(self, draft: Draft) -> str:
        return str(sanitize_html(draft.body_html))


class DraftsJSON(serializers.Serializer):
    results = DraftJSON(many=True)


class DraftsView(TicketView):
    permission_classes = [callers.HasScope, callers.Works]


class Drafts(DraftsView):
    serializer_class = DraftSent

    @describe(operation_id="tickets_drafts", responses={200: DraftsJSON})
    def get(self, request: Request, reference: str) -> Response:
        """Your own drafts of a reply and of a note, as the composer has them; the newest first."""
        found = drafts.drafts_of(self.ticket(), user=self.caller.actor)
        return Response({"results": DraftJSON(found, many=True).data})

    @describe(
        operation_id="tickets_draft_save",
        request=DraftSent,
        responses={200: DraftJSON},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Keep what you have begun to write, in place of your draft of that kind. Nobody else reads it."""
        ticket, user, sent = self.ticket(), self.caller.actor, self.sent()
        html = str(html_from_text(sent["body"]))
        if len(html) > drafts.LONGEST:
            raise serializers.ValidationError({"body": [_("That is too long.")]})
        drafts.save(ticket, sent["kind"], html, user=user)
        draft = drafts.drafts_of(ticket, user=user).get(kind=sent["kind"])
        return Response(DraftJSON(draft).data)


class OneDraft(DraftsView):
    @describe(operation_id="tickets_draft_delete", parameters=[KIND], responses={204: None})
    def delete(self, request: Request, reference: str, kind: str) -> Any:
        """Throw your draft of that kind away."""
        if not drafts.discard(self.ticket(), kind, user=self.caller.actor):
            raise Http404
        return Response(status=204)
