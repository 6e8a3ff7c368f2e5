"""Wagtail's generic views, each narrowed to the rows that the model's policy gives to who asks.

Out of the box they ask about the model alone, so that a row's edit, history or inspect page answers to whoever
may touch any row. A row out of reach is 404 here.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history

from wagtail_escalated.actions.usages import Usage, usages_of
from wagtail_escalated.admin.policies import RowPolicy
from wagtail_escalated.admin.spreadsheets import SafeSpreadsheetMixin
from wagtail_escalated.admin.stacked_table import StackedRowsMixin

READING = ("add", "change", "delete", "view")


def reachable(view: Any, *actions: str) -> QuerySet[Any]:
    """The rows of the view's model on which its user may do any of the actions."""
    policy = view.permission_policy
    return policy.instances_user_has_any_permission_for(view.request.user, actions)


class IndexView(StackedRowsMixin, SafeSpreadsheetMixin, generic.IndexView):
    """The list, its search, its filters and its export; buttons only where the row may be changed."""

    def get_base_queryset(self):
        rows, policy = reachable(self, *READING), self.permission_policy
        if isinstance(policy, RowPolicy):
            rows = policy.with_rights(rows, self.request.user, ["change", "delete"])
        return rows

    def get_edit_url(self, instance):
        return super().get_edit_url(instance) if self._may("change", instance) else None

    def get_delete_url(self, instance):
        return super().get_delete_url(instance) if self._may("delete", instance) else None

    def _may(self, action, instance):
        return self.user_has_permission_for_instance(action, instance)


class CreateView(generic.CreateView):
    pass


class EditView(generic.EditView):
    def get_queryset(self):
        return reachable(self, "change")


class DeleteView(generic.DeleteView):
    """Says what the row is used by, and refuses where the database would."""

    template_name = "wagtail_escalated/admin/confirm_delete.html"

    def get_queryset(self):
        return reachable(self, "delete")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.usages: list[Usage] = usages_of(self.object)
        self.is_blocked = any(usage.blocks for usage in self.usages)

    def form_valid(self, form):
        if self.is_blocked:
            raise PermissionDenied
        return super().form_valid(form)


class HistoryFilterSet(history.HistoryFilterSet):
    # Wagtail's date picker starts by an inline script, which our policy forbids.
    timestamp = None


class HistoryView(history.HistoryView):
    filterset_class = HistoryFilterSet

    def setup(self, request, *args, **kwargs):
        self.request = request
        super().setup(request, *args, **kwargs)

    def get_base_object_queryset(self):
        return reachable(self, "change", "view")


class InspectView(generic.InspectView):
    def get_object(self, queryset=None):
        return get_object_or_404(reachable(self, "change", "view"), pk=unquote(str(self.pk)))

    def get_edit_url(self):
        may = self.user_has_permission_for_instance("change", self.object)
        return super().get_edit_url() if may else None

    def get_delete_url(self):
        may = self.user_has_permission_for_instance("delete", self.object)
        return super().get_delete_url() if may else None


class CopyView(generic.CopyView):
    def get_object(self, queryset=None):
        pk = unquote(str(self.kwargs[self.pk_url_kwarg]))
        return get_object_or_404(reachable(self, "change", "view"), pk=pk)


class ReorderView(generic.ReorderView):
    def get_queryset(self):
        return reachable(self, "change").order_by(self.sort_order_field)

    def post(self, request, *args, **kwargs):
        if not self.get_queryset().filter(pk=unquote(str(kwargs["pk"]))).exists():
            raise Http404
        self._number_the_rest()
        return super().post(request, *args, **kwargs)

    def _number_the_rest(self):
        """Rows made elsewhere than here have no place yet: they go behind those that have one."""
        field = self.sort_order_field
        rows = self.model._default_manager
        last = rows.aggregate(last=Max(field))["last"] or 0
        unplaced = rows.filter(**{field: None}).order_by("pk").values_list("pk", flat=True)
        for place, pk in enumerate(unplaced, start=last + 1):
            rows.filter(pk=pk).update(**{field: place})
