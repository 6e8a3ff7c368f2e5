"""A ticket that an agent opens for somebody: a call, a visit, a letter on paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.contacts import contact_for_address
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.custom_forms import CustomFieldsMixin
from wagtail_escalated.exceptions import EscalatedError, InvalidTicket
from wagtail_escalated.models import SUBJECT_LENGTH, Channel, CustomField, Department, Priority
from wagtail_escalated.permissions import agent_profile, is_agent, is_manager

from ..inbox.views import InboxAccessMixin
from .operations import ticket_url


class NewTicketForm(CustomFieldsMixin, forms.Form):
    email = forms.EmailField(label=_("Requester's email address"), max_length=254)
    name = forms.CharField(label=_("Requester's name"), max_length=200, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    description = forms.CharField(
        label=_("What is it about?"), widget=forms.Textarea(attrs={"rows": 8})
    )
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False
    )
    priority = forms.ChoiceField(label=_("Priority"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        departments = Department.objects.filter(active=True)
        if not is_manager(user):
            departments = departments.filter(memberships__agent=agent_profile(user))
        self.fields["department"].queryset = departments
        fields = CustomField.objects.filter(active=True)
        offered = {department.pk: department.name for department in departments}
        self.add_custom_fields(fields.prefetch_related("choices", "departments"), offered)
        for field in self.custom_fields().values():
            field.tell_departments(offered)
        self.fields["priority"].choices = [(p.slug, p.label) for p in Priority]
        self.fields["priority"].initial = desk_settings.DEFAULT_PRIORITY


class NewTicketView(InboxAccessMixin, WagtailAdminTemplateMixin, FormView):
    form_class = NewTicketForm
    template_name = "wagtail_escalated/admin/ticket/new.html"
    page_title = _("New ticket")
    header_icon = "plus"

    def dispatch(self, request, *args, **kwargs):
        if not (is_agent(request.user) or is_manager(request.user)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        inbox = {"url": reverse("wagtail_escalated_admin:inbox"), "label": _("Inbox")}
        return [*self.breadcrumbs_items, inbox, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: NewTicketForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            ticket = tickets.create(
                subject=data["subject"],
                description=data["description"],
                requester=contact_for_address(data["email"], name=data["name"]),
                actor=self.request.user,
                priority=data["priority"],
                department=data["department"],
                fields=data["fields"],
                channel=Channel.AGENT,
            )
        except InvalidTicket as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self.form_invalid(form)
        except EscalatedError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("The ticket is open."))
        return redirect(ticket_url(ticket.reference))
