"""A bulk action that the worker does: the page that shows how far it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated import tasks
from wagtail_escalated.actions import bulk_runs
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import BulkItem, BulkRun

from .views import InboxAccessMixin

PART = "wagtail_escalated/admin/inbox/bulk_run_found.html"
PROGRESS = "wagtail_escalated/admin/progress.js"
#: A run that nobody worked on for so long is queued again by who looks.
PATIENCE = timedelta(minutes=1)
#: Failures that the page names.
MOST_NAMED = 200


def go_on_later(run: BulkRun) -> None:
    tasks.enqueue("go_on_with_bulk_run", run.pk)


class BulkRunView(InboxAccessMixin, WagtailAdminTemplateMixin, TemplateView):
    """GET shows the run of this user, with ``part`` its moving part alone; POST takes it back."""

    template_name = "wagtail_escalated/admin/inbox/bulk_run.html"
    page_title = _("Bulk actions")
    header_icon = "list-ul"

    @cached_property
    def run(self) -> BulkRun:
        return get_object_or_404(BulkRun, pk=self.kwargs["pk"], user=self.request.user)

    def get_template_names(self) -> list[str]:
        return [PART if "part" in self.request.GET else self.template_name]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            undo = bulk_runs.begin_undo(self.run)
        except (EscalatedError, PermissionDenied) as error:
            messages.error(request, str(error))
            return redirect(request.path)
        go_on_later(undo)
        return redirect("wagtail_escalated_admin:inbox_bulk_run", undo.pk)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        inbox = {"url": self._back(), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run
        if run.finished_at is None and run.touched_at < timezone.now() - PATIENCE:
            go_on_later(run)
        by_state = dict(
            run.items.order_by().values_list("state").annotate(count=Count("pk")).order_by()
        )
        waiting = by_state.get(BulkItem.State.WAITING, 0)
        total = sum(by_state.values())
        failed = run.items.filter(state=BulkItem.State.FAILED).select_related("ticket")
        return super().get_context_data(
            run=run,
            total=total,
            worked_on=total - waiting,
            done=by_state.get(BulkItem.State.DONE, 0),
            failed_count=by_state.get(BulkItem.State.FAILED, 0),
            failed=failed.order_by("pk")[:MOST_NAMED] if run.finished_at else [],
            can_undo=bulk_runs.can_undo(run),
            back=self._back(),
            media=forms.Media(js=[PROGRESS]),
            **kwargs,
        )

    def _back(self) -> str:
        return f"{reverse('wagtail_escalated_admin:inbox')}?{self.run.query}"
