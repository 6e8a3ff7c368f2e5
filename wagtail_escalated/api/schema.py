"""``schema/``: OpenAPI 3.1 of this API alone, whatever the host says in its ``SPECTACULAR_SETTINGS``."""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import get_script_prefix, reverse
from django.urls.resolvers import URLPattern
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from .fields import LocalTime
from .shaping import shaped

DESCRIPTION = """\
The support desk for programs. Everything is done by the actions behind the desk's pages, with the same rights.

Send `Authorization: Bearer <token>` (made in the admin under *Support*), a session with its CSRF token, or a
guest's `X-Guest-Token`. Lists are read by cursor. Errors are an object of fields with sentences, or
`{"detail", "code"}`. `Idempotency-Key` makes a POST safe to send again; `ETag` and `If-Match` keep a change
from crossing another.
"""

_lock = threading.Lock()
_documents: dict[tuple[str, str], dict[str, Any]] = {}


class TimesOfDay(OpenApiSerializerFieldExtension):
    """Without an offset these are no ``time`` of JSON Schema."""

    target_class = "wagtail_escalated.api.fields.LocalTime"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{LocalTime.SHAPE.pattern}$"}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "wagtail_escalated.api.callers.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


class GuestScheme(OpenApiAuthenticationExtension):
    target_class = "wagtail_escalated.api.callers.GuestAuthentication"
    name = "guest"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "X-Guest-Token"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "wagtail_escalated.api.callers.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        from django.conf import settings

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The document, as JSON. It holds no secret, so that tools may read it without a token."""
    response = JsonResponse(document(), json_dumps_params={"indent": 1})
    response["Content-Type"] = "application/json"
    response["X-Content-Type-Options"] = "nosniff"
    return response


schema.login_required = False


def document() -> dict[str, Any]:
    """Made once per place where the desk is mounted; its texts are English."""
    root = reverse("wagtail_escalated:api_schema").removesuffix("schema/")
    key = (get_script_prefix(), root)
    with _lock:
        if key not in _documents:
            _documents[key] = _generated(root)
        return _documents[key]


def _generated(root: str) -> dict[str, Any]:
    from .urls import described

    prefix = root.removeprefix(get_script_prefix())
    patterns = [_below(prefix, pattern) for pattern in described]
    patches = {
        "TITLE": "Wagtail Escalated",
        "DESCRIPTION": DESCRIPTION,
        "VERSION": "1",
        "OAS_VERSION": "3.1.1",
        "SCHEMA_PATH_PREFIX": root,
        "SCHEMA_PATH_PREFIX_TRIM": False,
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_NAME_OVERRIDES": {
            "Status": "wagtail_escalated.models.Status.choices",
            "Priority": "wagtail_escalated.models.PRIORITY_NAMES",
            "TicketType": "wagtail_escalated.models.TicketType.choices",
            "LinkKind": "wagtail_escalated.models.LinkKind.choices",
            "Channel": "wagtail_escalated.models.Channel.choices",
            "EventKind": "wagtail_escalated.models.EventKind.choices",
            "StartingKind": "wagtail_escalated.api.rules.STARTS",
            "WebhookEvent": "wagtail_escalated.api.webhooks.EVENTS",
            "NoticeKind": "wagtail_escalated.models.NoticeKind.choices",
            "NoticeChannel": "wagtail_escalated.models.NoticeChannel.choices",
            "MailKind": "wagtail_escalated.api.mails.KINDS",
            "DraftKind": "wagtail_escalated.api.drafts.KINDS",
            "CustomerMail": "wagtail_escalated.models.CustomerMail.choices",
        },
        "PREPROCESSING_HOOKS": [],
        "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
        "SECURITY": [],
        "APPEND_COMPONENTS": {},
    }
    with translation.override("en"), patched_settings(patches):
        made = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    return shaped(made)


def _below(prefix: str, pattern: URLPattern) -> URLPattern:
    from django.urls import path

    return path(prefix + str(pattern.pattern), pattern.callback, name=pattern.name)
