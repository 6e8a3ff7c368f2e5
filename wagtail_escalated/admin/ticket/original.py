"""A message as it came: in a frame that may do nothing, and as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.actions.merging import merged_into
from wagtail_escalated.mail.letter_file import as_file
from wagtail_escalated.mail.letters import letters_of as letters_of_ticket
from wagtail_escalated.models import Ticket
from wagtail_escalated.sanitize import html_from_text

from .lookup import TicketMixin
from .operations import ticket_url

#: Nothing runs, loads or leaves; styles of the letter itself may show.
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def source_of(ticket: Ticket, key: str) -> tuple[str, str]:
    """Text and HTML of the message ``key`` (``t1``, ``r2``, ``n3``) as they were stored."""
    kind, pk = key[:1], key[1:]
    if not pk.isdigit():
        raise Http404
    if kind == "t":
        row = next((t for t in [ticket, *merged_into(ticket)] if t.pk == int(pk)), None)
        if row is None:
            raise Http404
        return row.description, row.description_html + row.description_quoted_html
    rows = {"r": ticket.replies, "n": ticket.notes}.get(kind)
    row = rows.filter(pk=pk).first() if rows is not None else None
    if row is None:
        raise Http404
    return row.body, row.body_html + getattr(row, "quoted_html", "")


def letters_of(ticket: Ticket, key: str) -> Any:
    """The stored letters behind a message."""
    letters = letters_of_ticket(ticket)
    if key.startswith("r"):
        return letters.filter(reply=key[1:])
    first = letters.filter(ticket=key[1:], outcome="created_new") if key.startswith("t") else None
    return letters.none() if first is None else first


class OriginalView(TicketMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_escalated/admin/ticket/original.html"
    page_title = _("Original message")
    header_icon = "mail"

    def get_breadcrumbs_items(self):
        ticket = {"url": ticket_url(self.ticket.reference), "label": self.ticket.reference}
        return [*self.breadcrumbs_items, ticket, {"url": "", "label": self.page_title}]

    def get_context_data(self, key: str, **kwargs: Any) -> dict[str, Any]:
        source_of(self.ticket, key)
        return super().get_context_data(
            ticket=self.ticket, key=key, letters=letters_of(self.ticket, key), **kwargs
        )


@method_decorator(xframe_options_sameorigin, name="dispatch")
class OriginalFrameView(TicketMixin, View):
    """What the frame shows: the stored HTML unsanitised, under a policy that forbids everything."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        text, html = source_of(self.ticket, key)
        response = HttpResponse(html or html_from_text(text))
        response["Content-Security-Policy"] = FRAME_POLICY
        response["X-Content-Type-Options"] = "nosniff"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response


class LetterView(TicketMixin, View):
    """The raw letter as a download."""

    def get(self, request: HttpRequest, uuid: Any) -> HttpResponse:
        letter = letters_of_ticket(self.ticket).filter(pk=uuid).first()
        if letter is None:
            raise Http404
        return as_file(letter, name=self.ticket.reference)
