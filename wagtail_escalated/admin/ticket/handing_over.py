"""To whom a ticket goes: another agent, another department. Two keys away from its page, and taken back by one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from wagtail_escalated.models import AgentProfile, Department, Ticket
from wagtail_escalated.permissions import agents_of

from .changes import CHANGES, Asked
from .dialogs import DialogView
from .operations import undo_url, undoable, where_it_stays


class AssignForm(forms.Form):
    agent = forms.ModelChoiceField(
        label=gettext_lazy("Assignee"),
        queryset=AgentProfile.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )

    def __init__(self, *args: Any, ticket: Ticket, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents_of(ticket.department).distinct()
        self.initial = {"agent": ticket.assignee_id}


class MoveForm(forms.Form):
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.filter(active=True),
        required=False,
        empty_label=gettext_lazy("No department"),
    )

    def __init__(self, *args: Any, ticket: Ticket, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial = {"department": ticket.department_id}


class HandOverView(DialogView):
    """The form has the same field as the property at the side, and the change is the same."""

    change: str

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "ticket": self.ticket}

    def perform(self, data):
        asked = Asked(self.request.user, self.request.POST)
        said, token = undoable(self.ticket, CHANGES[self.change], asked)
        buttons = [messages.button(undo_url(token), _("Undo"))] if token else []
        messages.success(self.request, said, buttons=buttons)
        return where_it_stays(self.ticket, self.request)


class AssignView(HandOverView):
    form_class = AssignForm
    page_title = gettext_lazy("Assign")
    button = gettext_lazy("Assign")
    change = "assign"


class MoveView(HandOverView):
    form_class = MoveForm
    page_title = gettext_lazy("Move to another department")
    button = gettext_lazy("Move")
    change = "department"
