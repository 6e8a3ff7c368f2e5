"""``attachments/<uuid>/``: files, always as downloads."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from wagtail_escalated import storage
from wagtail_escalated.models import Attachment

from .base import DeskView
from .callers import Caller
from .describing import describe

#: Even where a browser shows it after all, nothing in it may run, load or send.
POLICY = "sandbox; default-src 'none'; form-action 'none'; frame-ancestors 'none'"


class Download(DeskView):
    @describe(
        operation_id="attachments_download",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, uuid: uuid.UUID) -> Any:
        """The bytes as they came, for whoever may read the message."""
        row = Attachment.objects.select_related("reply").filter(uuid=uuid, rejected="").first()
        if row is None or not _is_theirs(row, self.caller):
            raise Http404
        return as_download(row)


def _is_theirs(row: Attachment, caller: Caller) -> bool:
    inside = caller.inside
    if inside and caller.tickets("view_internal").filter(pk=row.ticket_id).exists():
        return True
    if row.note_id is not None or not _has_left(row):
        return False
    return caller.tickets("view_as_customer").filter(pk=row.ticket_id).exists()


def _has_left(row: Attachment) -> bool:
    leaves_at = row.reply.visible_at if row.reply else None
    return leaves_at is None or leaves_at <= timezone.now()


def as_download(row: Attachment) -> FileResponse:
    try:
        content = storage.open_file(row.key)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
