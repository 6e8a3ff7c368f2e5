"""The views behind a ticket's buttons: form → action → back to the page, or JSON for a script."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin import messages

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.bulk import run_bulk
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Ticket
from wagtail_escalated.permissions import tickets_for

from ..inbox.views import InboxAccessMixin
from .changes import CHANGES, FOR_READERS, UNDOABLE, Asked, Change
from .lookup import TicketMixin
from .unsent import give_text_back


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def undo_url(token: str) -> str:
    return reverse("wagtail_escalated_admin:undo", args=[token]) if token else ""


def ticket_url(reference: str, request: HttpRequest | None = None) -> str:
    """The ticket's page; from a request on it the list it was opened from is kept."""
    url = reverse("wagtail_escalated_admin:ticket", args=[reference])
    query = request.GET.urlencode() if request is not None else ""
    return f"{url}?{query}" if query else url


def where_it_stays(ticket: Ticket, request: HttpRequest) -> str:
    """The ticket's page, or the list where its new department is out of the asking person's reach."""
    reached = tickets_for(request.user, "view_internal", of_few=True).filter(pk=ticket.pk)
    if reached.exists():
        return ticket_url(ticket.reference, request)
    query = request.GET.urlencode()
    return reverse("wagtail_escalated_admin:inbox") + (f"?{query}" if query else "")


def answer(
    request: HttpRequest, back: str, *, done: str = "", failed: str = "", undo: str = ""
) -> HttpResponse:
    """Tell how it went: as a message on the page that follows, or as JSON."""
    if wants_json(request):
        code = 400 if failed else 200
        return JsonResponse(
            {"message": failed or done, "ok": not failed, "undo": undo_url(undo)}, status=code
        )
    if failed:
        messages.error(request, failed)
    elif done:
        buttons = [messages.button(undo_url(undo), _("Undo"))] if undo else []
        messages.success(request, done, buttons=buttons)
    return redirect(back)


def undoable(ticket: Ticket, change: Change, asked: Asked) -> tuple[str, str]:
    """What the change says, and the token that takes it back; what it refuses is raised."""
    said: list[str] = []
    result = run_bulk([ticket], lambda one: said.append(change(one, asked)), actor=asked.user)
    if result.failed:
        raise EscalatedError(result.failed[0].reason)
    return "".join(said), result.undo_token


class ChangeView(TicketMixin, View):
    """POST ``change/<what>/``: one property, taken back by the button in the message that follows."""

    def post(self, request: HttpRequest, what: str) -> HttpResponse:
        change = CHANGES.get(what)
        if change is None:
            raise Http404
        if not self.may_work and what not in FOR_READERS:
            raise PermissionDenied
        asked = Asked(request.user, request.POST)
        back = ticket_url(self.ticket.reference, request)
        try:
            if what not in UNDOABLE:
                return answer(request, back, done=change(self.ticket, asked))
            said, token = undoable(self.ticket, change, asked)
            return answer(request, where_it_stays(self.ticket, request), done=said, undo=token)
        except EscalatedError as error:
            return answer(request, back, failed=str(error))


class UndoView(InboxAccessMixin, TemplateView):
    """What a message's *Undo* leads to: one button, which a script presses by itself."""

    template_name = "wagtail_escalated/admin/undo.html"

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        back = self._back(request)
        try:
            restored = tickets.undo(token, by=request.user)
        except (EscalatedError, PermissionDenied) as error:
            return answer(request, back, failed=str(error) or _("This can no longer be undone."))
        give_text_back(request, token, restored)
        if len(restored) == 1 and "next" not in request.POST:
            back = ticket_url(restored[0].reference)
        return answer(request, back, done=_("Taken back."))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.request.META.get("HTTP_REFERER", ""), **kwargs)

    def _back(self, request: HttpRequest) -> str:
        wanted = request.POST.get("next", "")
        ours = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return wanted if wanted and ours else reverse("wagtail_escalated_admin:inbox")
