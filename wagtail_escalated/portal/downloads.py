"""Files, always as downloads: nothing that somebody sent is ever shown as a page of ours."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse

from wagtail_escalated import storage
from wagtail_escalated.models import Attachment, Ticket
from wagtail_escalated.permissions import can

from .conversation import public_replies

#: Even where a browser shows it after all, nothing in it may run, load or send.
POLICY = "sandbox; default-src 'none'; form-action 'none'; frame-ancestors 'none'"


def attachment(request: HttpRequest, uuid) -> HttpResponse:
    """For whom the message is: agents of the ticket, and its requester unless it is a note's file."""
    row = Attachment.objects.select_related("ticket__requester", "reply").filter(uuid=uuid).first()
    if row is None or not may_see(request.user, row):
        raise Http404
    return download(row)


def may_see(actor, row: Attachment) -> bool:
    if can(actor, "view_internal", row.ticket):
        return True
    return is_public(row) and can(actor, "view_as_customer", row.ticket)


def is_public(row: Attachment) -> bool:
    """Whether the file belongs to something a customer reads by now."""
    if row.note_id or row.rejected:
        return False
    return row.reply_id is None or public_replies(row.ticket).filter(pk=row.reply_id).exists()


def public_file(ticket: Ticket, uuid) -> Attachment | None:
    """A public file of this ticket or of one merged into it for the same requester."""
    tickets = [ticket, *ticket.merged_from.filter(requester=ticket.requester_id)]
    row = Attachment.objects.select_related("ticket").filter(uuid=uuid, ticket__in=tickets).first()
    return row if row is not None and is_public(row) else None


def download(row: Attachment) -> HttpResponse:
    try:
        content = storage.open_file(row.key)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["Content-Length"] = str(row.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
