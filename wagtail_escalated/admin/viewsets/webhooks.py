"""Webhooks: where to, about what; each with the log of what was sent and answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, DateColumn
from wagtail.admin.widgets.button import Button

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.admin.policies import policy_for
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.models import Department, EventKind, WebhookDelivery, WebhookEndpoint
from wagtail_escalated.reactions import webhooks, webhooks_http, webhooks_secrets

SHOWN = 50


class WebhookForm(WagtailAdminModelForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        # What a rule calls comes without being chosen here.
        choices=[choice for choice in EventKind.choices if choice[0] != EventKind.RULE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None: only what a rule sends there."),
    )
    departments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Departments"),
        queryset=Department.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("None means all."),
    )

    def clean_url(self):
        try:
            webhooks_http.check(self.cleaned_data["url"])
        except webhooks_http.Forbidden as error:
            raise ValidationError(str(error)) from error
        return self.cleaned_data["url"]

    def save(self, commit=True):
        if self.instance.active:
            webhooks.begin_anew(self.instance, was_active="active" not in self.changed_data)
        return super().save(commit)


class WebhookCreateView(scoped.CreateView):
    """Answers with the secret: this is the only time that it is seen."""

    def save_instance(self):
        self.secret = webhooks_secrets.new_secret()
        self.form.instance.sealed_secret = webhooks_secrets.seal(self.secret)
        return super().save_instance()

    def save_action(self):
        view = WebhookView()
        view.setup(self.request, pk=self.object.pk)
        return view.shown(secret=self.secret)


class WebhookIndexView(scoped.IndexView):
    def get_list_more_buttons(self, instance):
        buttons = super().get_list_more_buttons(instance)
        if self._may("change", instance):
            url = reverse("escalated_webhooks:log", args=[instance.pk])
            buttons.append(Button(_("What was sent"), url=url, icon_name="history", priority=15))
        return buttons


class WebhookView(DeskPage):
    """The log of one endpoint; sends a test, sends again, makes a new secret."""

    template_name = "wagtail_escalated/admin/webhook.html"
    header_icon = "link-external"

    @staticmethod
    def allowed(user: Any) -> bool:
        return policy_for(WebhookEndpoint).user_has_permission(user, "change")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.endpoint = get_object_or_404(WebhookEndpoint, pk=kwargs["pk"])

    def get_page_title(self):
        return self.endpoint.name

    def get_breadcrumbs_items(self):
        index = {"url": reverse("escalated_webhooks:index"), "label": _("Webhooks")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.endpoint.name}]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        match request.POST.get("do"):
            case "secret":
                secret = webhooks_secrets.renew(self.endpoint, now=timezone.now())
                return self.shown(secret=secret)
            case "test":
                webhooks.send_test(self.endpoint)
                messages.success(request, _("A test is on its way."))
            case "again":
                self._send_again(request.POST.get("delivery", ""))
        return redirect("escalated_webhooks:log", pk)

    def _send_again(self, key: str) -> None:
        rows = self.endpoint.deliveries.filter(pk=int(key)) if key.isdecimal() else []
        for delivery in rows:
            webhooks.send_again(delivery)
            messages.success(self.request, _("It is sent once more."))

    def shown(self, **more: Any) -> HttpResponse:
        response = self.render_to_response(self.get_context_data(**more)).render()
        response["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.endpoint.deliveries.select_related("event", "ticket").prefetch_related("log")
        state = self.request.GET.get("state", "")
        if state in WebhookDelivery.State.values:
            rows = rows.filter(state=state)
        return super().get_context_data(
            endpoint=self.endpoint,
            page=Paginator(rows, SHOWN).get_page(self.request.GET.get("p")),
            state=state,
            states=WebhookDelivery.State.choices,
            edit_url=reverse("escalated_webhooks:edit", args=[self.endpoint.pk]),
            **kwargs,
        )


class WebhookViewSet(DeskViewSet):
    model = WebhookEndpoint
    slug = "webhooks"
    icon = "link-external"
    menu_label = gettext_lazy("Webhooks")
    index_view_class = WebhookIndexView
    add_view_class = WebhookCreateView
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("url"),
            FieldPanel("active"),
            FieldPanel("kinds"),
            FieldPanel("departments"),
            FieldPanel("payload"),
        ],
        base_form_class=WebhookForm,
    )
    list_display = [
        "name",
        "url",
        BooleanColumn("active", label=gettext_lazy("Active"), sort_key="active"),
        DateColumn("failing_since", label=gettext_lazy("Failing since"), sort_key="failing_since"),
    ]
    list_filter = ["active"]
    search_fields = ["name", "url"]
    list_export = ["name", "url", "active"]

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("log/<int:pk>/", WebhookView.as_view(), name="log"),
        ]
