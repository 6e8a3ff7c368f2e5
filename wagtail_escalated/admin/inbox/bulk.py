"""One action on many tickets: those selected, or all that the list holds."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from wagtail.admin import messages

from wagtail_escalated.actions import bulk_runs
from wagtail_escalated.actions.bulk import (
    MOST_MERGED,
    BulkResult,
    run_bulk,
    run_each,
    run_merges,
)
from wagtail_escalated.actions.bulk_choices import SEPARATOR, action_of
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.models import AgentProfile, Department, Priority, Status, Ticket
from wagtail_escalated.permissions import is_agent, is_manager

from ..ticket.lookup import find_ticket
from ..ticket.operations import undo_url
from .bulk_run import go_on_later
from .current import CurrentList
from .fields import departments_of
from .preferences import preferences_of
from .views import InboxAccessMixin

#: More than that is the worker's.
IN_ONE_GO = 50


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
        query = current.query.urlencode()
        self.back = f"{reverse('wagtail_escalated_admin:inbox')}?{query}"
        what, _colon, value = request.POST.get("do", "").partition(":")
        if what == "tag":
            value = SEPARATOR.join(request.POST.get("tags", "").split(","))
        chosen = self._chosen(current)
        if what == "merge" and len(chosen) > MOST_MERGED:
            messages.warning(request, _("Merge at most %d tickets at once.") % MOST_MERGED)
            return redirect(self.back)
        if what == "merge":
            return self._answer(self._merge(current, chosen, request.POST.get("into", "")))
        action = action_of(what, value, request.user)
        if action is None or not chosen or (what == "delete" and "sure" not in request.POST):
            messages.warning(request, _("Choose tickets, and what to do with them."))
            return redirect(self.back)
        if len(chosen) > IN_ONE_GO:
            run = bulk_runs.begin(chosen, what=what, value=value, query=query, user=request.user)
            go_on_later(run)
            return redirect("wagtail_escalated_admin:inbox_bulk_run", run.pk)
        tickets_chosen = self._rows(current, chosen)
        if what == "delete":
            return self._answer(run_each(tickets_chosen, action))
        return self._answer(run_bulk(tickets_chosen, action, actor=request.user))

    def _chosen(self, current: CurrentList) -> list[tuple[int, str]]:
        """Keys and references, in the list's order where all of it is meant."""
        if "matching" in self.request.POST:
            return list(current.tickets().values_list("pk", "reference")[: bulk_runs.MOST])
        references = self.request.POST.getlist("ticket")[: bulk_runs.MOST]
        found = current.allowed.filter(reference__in=references)
        return list(found.values_list("pk", "reference"))

    def _rows(self, current: CurrentList, chosen: list[tuple[int, str]]) -> list[Ticket]:
        found = current.allowed.in_bulk([pk for pk, _reference in chosen])
        return [found[pk] for pk, _reference in chosen if pk in found]

    def _merge(self, current: CurrentList, chosen: list[tuple[int, str]], into: str) -> BulkResult:
        target = find_ticket(self.request.user, into, "work")
        return run_merges(self._rows(current, chosen), target, actor=self.request.user)

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
