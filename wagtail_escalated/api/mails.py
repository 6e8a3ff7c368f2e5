"""``mails/``: how the mails of a site look, and a test mail to oneself. For managers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Site

from wagtail_escalated.mail import preview
from wagtail_escalated.models import user_address
from wagtail_escalated.ratelimit import hit

from . import callers
from .base import DeskView
from .describing import describe
from .errors import Conflict
from .fields import ByKey
from .tickets import CONFLICT

KINDS = [(kind, str(kind)) for kind in preview.KINDS]
LIMIT = {"limit": preview.TESTS_IN_AN_HOUR, "window": 3600}


def default_site() -> Site | None:
    return Site.objects.order_by("-is_default_site", "pk").first()


class MailAsked(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS, required=False, default="reply")
    site = ByKey(
        queryset=Site.objects.all(), required=False, help_text="By its key; else the default one."
    )
    language = serializers.CharField(
        required=False, max_length=20, help_text="One of the site's, such as `en`; else yours."
    )

    def validate_language(self, code: str) -> str:
        known = dict(settings.LANGUAGES)
        if code not in known:
            message = _("Choose one of: %(names)s.") % {"names": ", ".join(known)}
            raise serializers.ValidationError(message)
        return code

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        own = get_language()
        site = data.get("site") or default_site()
        if site is None:
            raise serializers.ValidationError({"site": [_("There is no site.")]})
        language = own if own in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        return {"language": language} | data | {"site": site}


class MailJSON(serializers.Serializer):
    kind = serializers.ChoiceField(choices=KINDS)
    subject = serializers.CharField()
    sender = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField(help_text="As it would be sent.")


class MailsView(DeskView):
    permission_classes = [callers.HasScope, callers.Manages]

    def sample(self, asked: Any) -> tuple[str, EmailMultiAlternatives]:
        serializer = MailAsked(data=asked)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        address = user_address(self.caller.actor)
        return wanted["kind"], preview.sample(**wanted, address=address)


class Mails(MailsView):
    @describe(
        operation_id="mails_preview",
        parameters=[
            OpenApiParameter("kind", {"type": "string", "enum": list(preview.KINDS)}),
            OpenApiParameter("site", {"type": "integer", "minimum": 1}),
            OpenApiParameter("language", {"type": "string", "maxLength": 20}),
        ],
        responses={200: MailJSON},
    )
    def get(self, request: Request) -> Response:
        """A mail of one kind with invented contents, in a site's branding and a language. For managers alone."""
        kind, mail = self.sample(request.query_params.dict())
        return Response(
            {
                "kind": kind,
                "subject": mail.subject,
                "sender": mail.from_email,
                "text": mail.body,
                "html": preview.html_of(mail),
            }
        )


class SentToJSON(serializers.Serializer):
    address = serializers.CharField()


class SendTestMail(MailsView):
    serializer_class = MailAsked

    @describe(
        operation_id="mails_test",
        description="Send yourself such a mail, at once: 409 says what the mail server said. 20 an hour.",
        request=MailAsked,
        responses={200: SentToJSON, 409: CONFLICT},
    )
    def post(self, request: Request) -> Response:
        _kind, mail = self.sample(request.data)
        user = self.caller.actor
        address = user_address(user)
        if not address:
            raise Conflict(_("Your account has no email address."), "no_address")
        limited = hit("test-mail", str(user.pk), **LIMIT)
        if limited:
            raise Throttled(limited.retry_after, _("Those were a lot of test mails. Wait an hour."))
        preview.send(mail)
        return Response({"address": address})
