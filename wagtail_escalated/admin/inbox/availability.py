"""Away or here, and one's signature: what an agent says about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.actions.availability import (
    LONGEST_SIGNATURE,
    is_away,
    set_away,
    set_signature,
)
from wagtail_escalated.admin.widgets import DateTimeInput
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.models import AgentProfile
from wagtail_escalated.permissions import agent_profile, is_agent


class AvailabilityForm(forms.Form):
    away = forms.BooleanField(
        label=gettext_lazy("I am away"),
        required=False,
        help_text=gettext_lazy("No ticket is assigned to you automatically meanwhile."),
    )
    away_until = forms.DateTimeField(
        label=gettext_lazy("Back on"),
        required=False,
        widget=DateTimeInput,
        help_text=gettext_lazy("From then on you get tickets again. Empty means until you say so."),
    )
    signature = forms.CharField(
        label=gettext_lazy("Signature"),
        required=False,
        max_length=LONGEST_SIGNATURE,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Stands below your answers."),
    )


class AvailabilityView(WagtailAdminTemplateMixin, FormView):
    """For agents, about themselves. POST with ``back`` alone ends being away."""

    form_class = AvailabilityForm
    template_name = "wagtail_escalated/admin/inbox/preferences.html"
    page_title = gettext_lazy("Away and signature")
    header_icon = "user"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_agent(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def agent(self) -> AgentProfile:
        profile = agent_profile(self.request.user)
        if profile is None:
            raise PermissionDenied
        return profile

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        inbox = {"url": reverse("wagtail_escalated_admin:inbox"), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.page_title}]

    def get_initial(self) -> dict[str, Any]:
        away = is_away(self.agent)
        return {
            "away": away,
            "away_until": self.agent.away_until if away else None,
            "signature": self.agent.signature,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "back" in request.POST:
            set_away(self.agent, False, actor=request.user)
            messages.success(request, _("Welcome back."))
            return redirect("wagtail_escalated_admin:inbox")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AvailabilityForm) -> HttpResponse:
        data, user = form.cleaned_data, self.request.user
        try:
            set_away(self.agent, data["away"], until=data["away_until"], actor=user)
        except InvalidTicket as error:
            form.add_error(error.field, str(error))
            return self.form_invalid(form)
        set_signature(self.agent, data["signature"], actor=user)
        messages.success(self.request, _("Saved."))
        return redirect("wagtail_escalated_admin:inbox")


def told_away(user: Any) -> str:
    """The sentence above the inbox of somebody who is away; empty for everybody else."""
    agent = agent_profile(user)
    if agent is None or not is_away(agent):
        return ""
    if agent.away_until is None:
        return _("You are away: no ticket is assigned to you automatically.")
    moment = date_format(timezone.localtime(agent.away_until), "SHORT_DATETIME_FORMAT")
    return _("You are away until %(moment)s: no ticket is assigned to you automatically.") % {
        "moment": moment
    }
