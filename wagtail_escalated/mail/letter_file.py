"""A letter as it came, as a file that no browser opens."""

from __future__ import annotations

from io import BytesIO

from django.http import FileResponse, Http404

from wagtail_escalated.models import InboundEmail

from . import held

POLICY = "sandbox; default-src 'none'"


def as_file(letter: InboundEmail, *, name: str = "") -> FileResponse:
    """Called by its key, or ``name``. Raises ``Http404`` where it is no longer kept."""
    try:
        raw = held.original(letter)
    except held.NotHeld:
        raise Http404 from None
    response = FileResponse(
        BytesIO(raw),
        as_attachment=True,
        filename=f"{name or letter.pk}.eml",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
