"""Held mail: letters that nobody took on, why, and what a person may do about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from wagtail.admin import messages

from wagtail_escalated.admin.pages import AllowedMixin, DeskPage, keeps_mail
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import held
from wagtail_escalated.mail.letter_file import as_file
from wagtail_escalated.models import InboundEmail, Ticket
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.sanitize import html_from_text, sanitize_html

PER_PAGE = 50
LIST = "wagtail_escalated_admin:held_mail"


class HeldMailView(DeskPage):
    template_name = "wagtail_escalated/admin/held_mail.html"
    page_title = gettext_lazy("Held mail")
    header_icon = "mail"
    allowed = staticmethod(keeps_mail)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = held.waiting_for(self.request.user).order_by("-received_at")
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("p"))
        letters = [(row, held.why(row)) for row in page]
        return super().get_context_data(page=page, letters=letters, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """One change to each letter that is marked; what one refuses keeps back no other."""
        change = MANY.get(request.POST.get("what", ""))
        if change is None:
            raise Http404
        rows = held.waiting_for(request.user).filter(pk__in=_keys(request))
        done = sum(_changed(row, change, request) for row in rows.order_by("received_at"))
        if done:
            said = ngettext("%(count)s letter is done.", "%(count)s letters are done.", done)
            messages.success(request, said % {"count": done})
        elif not rows:
            messages.warning(request, _("Select the letters first."))
        return redirect(LIST)


def _keys(request: HttpRequest) -> list[UUID]:
    found = []
    for value in request.POST.getlist("letter")[:PER_PAGE]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _changed(
    row: InboundEmail, change: Callable[[InboundEmail, HttpRequest], str], request: HttpRequest
) -> bool:
    try:
        change(row, request)
    except EscalatedError as error:
        messages.error(request, f"{row.subject or _('(no subject)')}: {error}")
        return False
    return True


class LetterMixin(AllowedMixin):
    """One letter that the asking person may see; ``self.letter``."""

    allowed = staticmethod(keeps_mail)

    @cached_property
    def letter(self) -> InboundEmail:
        return get_object_or_404(held.waiting_for(self.request.user), pk=self.kwargs["pk"])


class HeldLetterView(LetterMixin, DeskPage):
    template_name = "wagtail_escalated/admin/held_letter.html"
    header_icon = "mail"

    def get_page_title(self):
        return self.letter.subject or _("(no subject)")

    def get_breadcrumbs_items(self):
        here = {"url": "", "label": self.get_page_title()}
        return [
            *self.breadcrumbs_items,
            {"url": reverse(LIST), "label": HeldMailView.page_title},
            here,
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            letter=self.letter,
            why=held.why(self.letter),
            may_retry=self.letter.state == InboundEmail.State.FAILED
            or self.letter.reason in ("gave_up", "unreadable"),
            **self._preview(),
            **kwargs,
        )

    def _preview(self) -> dict[str, Any]:
        try:
            message = held.read(self.letter)
        except held.NotHeld as error:
            return {"unreadable": str(error)}
        shown = sanitize_html(message.html) if message.html else html_from_text(message.text)
        return {"message": message, "shown": shown}


class OriginalView(LetterMixin, View):
    """The raw letter, always as a file."""

    def get(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return as_file(self.letter)


class HeldChangeView(LetterMixin, View):
    """POST ``accept``, ``put``, ``block``, ``discard`` or ``retry``."""

    def post(self, request: HttpRequest, pk: Any, what: str) -> HttpResponse:
        change = CHANGES.get(what)
        if change is None:
            raise Http404
        try:
            said = change(self.letter, request)
        except EscalatedError as error:
            messages.error(request, str(error))
            return redirect("wagtail_escalated_admin:held_letter", pk)
        messages.success(request, said)
        return redirect(LIST)


def _accept(letter: InboundEmail, request: HttpRequest) -> str:
    ticket = held.accept_as_new(letter, actor=request.user)
    return _("It is the ticket %(reference)s now.") % {"reference": ticket.reference}


def _put(letter: InboundEmail, request: HttpRequest) -> str:
    ticket = _ticket_named(request)
    held.put_onto(letter, ticket, actor=request.user)
    return _("It is on the ticket %(reference)s now.") % {"reference": ticket.reference}


def _ticket_named(request: HttpRequest) -> Ticket:
    reference = request.POST.get("reference", "").strip()
    ticket = tickets_for(request.user, "work").for_reference(reference).first()
    if ticket is None:
        raise held.NotHeld(_("There is no ticket “%(name)s” for you.") % {"name": reference})
    return ticket


def _block(letter: InboundEmail, request: HttpRequest) -> str:
    held.block_sender(letter, actor=request.user)
    return _("Letters from %(sender)s are ignored from now on.") % {"sender": letter.sender}


def _discard(letter: InboundEmail, request: HttpRequest) -> str:
    held.discard(letter, actor=request.user)
    return _("The letter is deleted from the list.")


def _retry(letter: InboundEmail, request: HttpRequest) -> str:
    state = held.try_again(letter, actor=request.user)
    if state in held.WAITING:
        raise held.NotHeld(_("It was tried again and is still held."))
    return _("It was tried again, and taken on.")


CHANGES: dict[str, Callable[[InboundEmail, HttpRequest], str]] = {
    "accept": _accept,
    "put": _put,
    "block": _block,
    "discard": _discard,
    "retry": _retry,
}


#: What may be done to many at once.
MANY = {name: CHANGES[name] for name in ("accept", "block", "discard")}


def held_mail_urls():
    return [
        path("held/", HeldMailView.as_view(), name="held_mail"),
        path("held/<uuid:pk>/", HeldLetterView.as_view(), name="held_letter"),
        path("held/<uuid:pk>/original/", OriginalView.as_view(), name="held_original"),
        path("held/<uuid:pk>/<slug:what>/", HeldChangeView.as_view(), name="held_change"),
    ]
