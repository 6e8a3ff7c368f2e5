"""One action on many tickets: those selected, or all that the list holds."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from wagtail.admin import messages

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.bulk import BulkResult, run_bulk
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.models import AgentProfile, Department, Priority, Status, Ticket
from wagtail_escalated.permissions import is_agent, is_manager

from ..ticket.changes import CHANGES, Asked
from ..ticket.lookup import find_ticket
from ..ticket.operations import undo_url
from .current import CurrentList
from .fields import departments_of
from .preferences import preferences_of
from .views import InboxAccessMixin

#: More than that at once is a matter for a rule or the API.
MOST = 500
#: The name of an action → the field of its form that the value goes to.
VALUES = {
    "assign": "agent",
    "status": "status",
    "priority": "priority",
    "department": "department",
    "snooze": "until",
    "tag": "tags",
    "spam": "spam",
}


class BulkView(InboxAccessMixin, View):
    """GET answers what can be done; POST does ``do`` (``status:resolved``) with each ``ticket``."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (is_agent(request.user) or is_manager(request.user)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(
            request,
            "wagtail_escalated/admin/inbox/bulk_choices.html",
            {
                "agents": AgentProfile.objects.filter(active=True).select_related("user"),
                "departments": [
                    Department(pk=int(pk), name=name) for pk, name in departments_of(request.user)
                ],
                "statuses": Status.choices,
                "priorities": [(p.slug, p.label) for p in Priority],
                "macros": macros.macros_for(request.user).filter(active=True),
                "may_delete": is_manager(request.user),
            },
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        current = CurrentList(request, preferences_of(request.user))
        self.back = f"{reverse('wagtail_escalated_admin:inbox')}?{current.query.urlencode()}"
        chosen = self._chosen(current)
        action, _colon, value = request.POST.get("do", "").partition(":")
        if action == "tag":
            value = request.POST.get("tags", "")
        if action == "merge":
            result = self._merge(chosen, request.POST.get("into", ""))
        elif action == "macro" and value.isdecimal() and chosen:
            macro = get_object_or_404(macros.macros_for(request.user), pk=int(value))
            result = macros.run(macro, chosen, actor=request.user)
        elif action == "delete" and "sure" in request.POST:
            result = run_delete(chosen, request.user)
        elif action in VALUES and chosen:
            asked = Asked(request.user, _form(VALUES[action], value))
            result = run_bulk(chosen, lambda t: CHANGES[action](t, asked), actor=request.user)
        else:
            messages.warning(request, _("Choose tickets, and what to do with them."))
            return redirect(self.back)
        return self._answer(result)

    def _chosen(self, current: CurrentList) -> list[Ticket]:
        if "matching" in self.request.POST:
            return list(current.tickets()[:MOST])
        references = self.request.POST.getlist("ticket")[:MOST]
        return list(current.allowed.filter(reference__in=references))

    def _merge(self, chosen: list[Ticket], reference: str) -> BulkResult:
        into = find_ticket(self.request.user, reference, "work")
        others = [ticket for ticket in chosen if ticket.pk != into.pk]
        user = self.request.user
        result = run_bulk(others, lambda t: tickets.merge(t, into, actor=user), actor=user)
        # A merge is taken apart at the merged ticket; properties alone would not bring it back.
        result.undo_token = ""
        return result

    def _answer(self, result: BulkResult) -> HttpResponse:
        count = len(result.done)
        done = ngettext("%(count)d ticket changed.", "%(count)d tickets changed.", count) % {
            "count": count
        }
        if result.failed:
            return render(
                self.request,
                "wagtail_escalated/admin/inbox/bulk_result.html",
                {
                    "done": done,
                    "failed": result.failed,
                    "undo": undo_url(result.undo_token),
                    "back": self.back,
                },
            )
        buttons = (
            [messages.button(undo_url(result.undo_token), _("Undo"))] if result.undo_token else []
        )
        messages.success(self.request, done, buttons=buttons)
        return redirect(self.back)


def run_delete(chosen: list[Ticket], user: Any) -> BulkResult:
    """For managers; nothing brings them back."""
    if not is_manager(user):
        raise PermissionDenied
    result = BulkResult()
    for ticket in chosen:
        tickets.delete(ticket, actor=user)
        result.done.append(ticket)
    return result


def _form(field: str, value: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data[field] = value
    return data
