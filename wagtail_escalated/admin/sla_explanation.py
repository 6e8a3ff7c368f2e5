"""How a ticket's deadlines were counted: beside the ticket, as a page to print, and as JSON."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from wagtail_escalated.actions import sla
from wagtail_escalated.actions.sla_ledger import ledgers_of
from wagtail_escalated.admin.sla_tables import tables_of
from wagtail_escalated.admin.ticket.lookup import TicketMixin
from wagtail_escalated.models import SLAPolicy


class PolicyForm(forms.Form):
    policy = forms.ModelChoiceField(
        label=gettext_lazy("Policy of this ticket"),
        queryset=SLAPolicy.objects.all(),
        required=False,
        empty_label=gettext_lazy("chosen by the conditions, the department or the default"),
    )


class PartView(TicketMixin, TemplateView):
    """The tables alone, fetched when an agent asks for them."""

    template_name = "wagtail_escalated/admin/sla_ledger.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        tables = tables_of(self.ticket, now=now)
        return super().get_context_data(ticket=self.ticket, tables=tables, now=now, **kwargs)


class ExplanationView(PartView):
    """A page that a customer may be handed; ``?format=json`` for programs."""

    template_name = "wagtail_escalated/admin/sla_explanation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("format") == "json":
            return JsonResponse({"ticket": self.ticket.reference, "clocks": self._as_json()})
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A manager gives the ticket a policy of its own, or takes it back."""
        form = PolicyForm(request.POST)
        if not form.is_valid():
            return HttpResponseBadRequest(_("There is no such policy."))
        sla.set_policy(self.ticket, form.cleaned_data["policy"], actor=request.user)
        return redirect("wagtail_escalated_admin:ticket_sla", self.ticket.reference)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = PolicyForm(initial={"policy": self.ticket.sla_policy_id})
        return super().get_context_data(form=form if self.may_manage else None, **kwargs)

    def _as_json(self) -> list[dict[str, Any]]:
        return [ledger.as_json() for ledger in ledgers_of(self.ticket, now=timezone.now())]
