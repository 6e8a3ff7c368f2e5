"""Saved views: made from what the list shows, shared, put in order, chosen as the start page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.models import Department, SavedView
from wagtail_escalated.permissions import agent_profile, is_manager
from wagtail_escalated.views_of_tickets import STANDING_VIEWS, deletable_views, saved_views_for

from .current import CurrentList
from .preferences import preferences_of
from .views import InboxAccessMixin


class SavedViewForm(forms.ModelForm):
    class Meta:
        model = SavedView
        fields = ["name", "sharing", "department"]
        widgets = {"sharing": forms.RadioSelect}

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        departments = Department.objects.filter(active=True)
        if not is_manager(user):
            departments = departments.filter(memberships__agent=agent_profile(user))
        self.fields["department"].queryset = departments

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("sharing") != SavedView.Sharing.DEPARTMENT:
            cleaned["department"] = None
        elif not cleaned.get("department"):
            self.add_error("department", _("Choose the department that sees it."))
        return cleaned

    def _get_validation_exclusions(self):
        # The owner is no field of the form, but belongs to what must be unique.
        return super()._get_validation_exclusions() - {"owner"}


class SaveView(InboxAccessMixin, WagtailAdminTemplateMixin, FormView):
    """The list's query comes along in the URL: it is what is saved."""

    form_class = SavedViewForm
    template_name = "wagtail_escalated/admin/inbox/save_view.html"
    header_icon = "view"

    @cached_property
    def view_to_change(self) -> SavedView:
        pk = self.kwargs.get("pk")
        if pk is None:
            return SavedView(owner=self.request.user)
        return get_object_or_404(SavedView, pk=pk, owner=self.request.user)

    def get_page_title(self):
        return self.view_to_change.name or gettext_lazy("Save as view")

    def get_breadcrumbs_items(self):
        inbox = {"url": reverse("wagtail_escalated_admin:inbox"), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.get_page_title()}]

    def get_form_kwargs(self):
        return {
            **super().get_form_kwargs(),
            "user": self.request.user,
            "instance": self.view_to_change,
        }

    def form_valid(self, form: SavedViewForm) -> HttpResponse:
        view, request = form.instance, self.request
        current = CurrentList(request, preferences_of(request.user))
        if request.GET:
            view.filters = current.filter.to_json()
            view.ordering, view.columns = current.ordering, list(current.column_names)
        if view.pk is None:
            last = SavedView.objects.filter(owner=request.user).aggregate(last=Max("position"))
            view.position = (last["last"] or 0) + 1
        form.save()
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        fresh = CurrentList(request, preferences_of(request.user)).views[str(view.pk)]
        return redirect(f"{reverse('wagtail_escalated_admin:inbox')}?{fresh.query}")


class ViewsPage(InboxAccessMixin, WagtailAdminTemplateMixin, TemplateView):
    """All views: rename, put in order, delete, start with."""

    template_name = "wagtail_escalated/admin/inbox/views.html"
    page_title = gettext_lazy("Views")
    header_icon = "view"

    def get_breadcrumbs_items(self):
        inbox = {"url": reverse("wagtail_escalated_admin:inbox"), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(
            standing=[(key, view.label) for key, view in STANDING_VIEWS.items()],
            saved=saved_views_for(user).select_related("department", "owner").order_by("position"),
            deletable=set(deletable_views(user).values_list("pk", flat=True)),
            start=preferences_of(user).start_view,
            **kwargs,
        )


class ViewChange(InboxAccessMixin, View):
    """POST ``start``, ``up``, ``down`` or ``delete``."""

    def post(self, request: HttpRequest, key: str, what: str) -> HttpResponse:
        if what == "start":
            self._start(request, key)
        else:
            self._change(request, key, what)
        return redirect("wagtail_escalated_admin:views")

    def _start(self, request: HttpRequest, key: str) -> None:
        known = key in STANDING_VIEWS or (
            key.isdigit() and saved_views_for(request.user).filter(pk=key).exists()
        )
        if not known:
            raise Http404
        preferences_of(request.user).save(start_view=key)
        messages.success(request, _("The inbox begins with this view from now on."))

    def _change(self, request: HttpRequest, key: str, what: str) -> None:
        pk = key if key.isdigit() else 0
        if what == "delete":
            view = get_object_or_404(deletable_views(request.user), pk=pk)
            view.delete()
            messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
            return
        own = SavedView.objects.filter(owner=request.user)
        view = get_object_or_404(own, pk=pk)
        if what in ("up", "down"):
            _move(list(own.order_by("position", "name")), view, -1 if what == "up" else 1)
        else:
            raise Http404


def _move(views: list[SavedView], view: SavedView, by: int) -> None:
    at = views.index(view)
    views.insert(min(max(at + by, 0), len(views) - 1), views.pop(at))
    for position, one in enumerate(views):
        one.position = position
    SavedView.objects.bulk_update(views, ["position"])
