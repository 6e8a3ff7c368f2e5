"""What an action refuses, as DRF's errors: the field, or a sentence and a code."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from wagtail_escalated import exceptions as desk

#: Errors that are about one field of what was sent.
FIELDS: dict[type[desk.EscalatedError], str] = {
    desk.NotAnAgent: "agent",
    desk.AttachmentRejected: "attachments",
    desk.SnoozeNotAllowed: "until",
    desk.SplitNotAllowed: "reply",
    desk.LinkNotAllowed: "other",
}


class Conflict(APIException):
    """The ticket is not in a state for this."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale"


class TooLarge(APIException):
    """As Django answers it elsewhere."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "too_large"
    default_detail = _("That is too large.")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, for the desk's errors too."""
    if isinstance(error, desk.EscalatedError):
        error = translated(error)
    elif isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        error = TooLarge()
    response = exception_handler(error, context)
    if response is not None and isinstance(getattr(error, "detail", None), ErrorDetail):
        response.data["code"] = error.detail.code
    return response


def translated(error: desk.EscalatedError) -> APIException:
    if isinstance(error, desk.InvalidFieldValue):
        return ValidationError(
            {"custom_fields": {error.key: [ErrorDetail(str(error), error.code)]}}
        )
    field = error.field if isinstance(error, desk.InvalidTicket) else FIELDS.get(type(error))
    if field is not None:
        return ValidationError({field: [ErrorDetail(str(error), error.code)]})
    return Conflict(str(error), error.code)
