"""Columns, density, page size and what follows a reply: the agent's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.models import AgentProfile

from .columns import LABELS
from .custom_fields import fields_for
from .preferences import COLUMNS, CUSTOM, PAGE_SIZES, preferences_of
from .views import InboxAccessMixin


class PreferencesForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        choices=[(name, LABELS[name]) for name in COLUMNS],
        widget=forms.CheckboxSelectMultiple,
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Rows are"),
        choices=[
            ("comfortable", gettext_lazy("comfortable, with the last message")),
            ("compact", gettext_lazy("compact, one line each")),
        ],
        widget=forms.RadioSelect,
    )
    page_size = forms.TypedChoiceField(
        label=gettext_lazy("Rows on a page"), choices=[(n, n) for n in PAGE_SIZES], coerce=int
    )
    after_send = forms.ChoiceField(
        label=gettext_lazy("After sending"), choices=AgentProfile.AfterSend.choices
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        custom = [(f"{CUSTOM}{field.key}", field.name) for field in fields_for(user)]
        self.fields["columns"].choices = [*self.fields["columns"].choices, *custom]


class PreferencesView(InboxAccessMixin, WagtailAdminTemplateMixin, FormView):
    form_class = PreferencesForm
    template_name = "wagtail_escalated/admin/inbox/preferences.html"
    page_title = gettext_lazy("Columns and density")
    header_icon = "cog"

    def get_breadcrumbs_items(self):
        inbox = {"url": self.inbox_url(), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.page_title}]

    def inbox_url(self) -> str:
        query = self.request.GET.urlencode()
        return reverse("wagtail_escalated_admin:inbox") + (f"?{query}" if query else "")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        preferences = preferences_of(self.request.user)
        profile = preferences.profile
        return {
            "columns": preferences.columns,
            "density": preferences.density,
            "page_size": preferences.page_size,
            "after_send": profile.after_send if profile else AgentProfile.AfterSend.STAY,
        }

    def form_valid(self, form: PreferencesForm) -> HttpResponse:
        data = form.cleaned_data
        preferences = preferences_of(self.request.user)
        if preferences.profile is None:
            messages.warning(self.request, _("Only agents have preferences of their own."))
            return redirect(self.inbox_url())
        preferences.profile.after_send = data.pop("after_send")
        preferences.profile.save(update_fields=["after_send"])
        preferences.save(**data)
        messages.success(self.request, _("Saved."))
        return redirect(self.inbox_url())
