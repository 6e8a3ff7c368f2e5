"""A problem is solved: its incidents get the answer that was given here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from wagtail_escalated.actions.incidents import answer_incidents, open_incidents
from wagtail_escalated.models import Reply

from .dialogs import DialogView
from .sending import tell_incidents


class IncidentsForm(forms.Form):
    answer = forms.ModelChoiceField(
        label=_("The answer they get"), queryset=Reply.objects.none(), empty_label=None
    )
    incidents = forms.MultipleChoiceField(
        label=_("Incidents"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, *args: Any, ticket: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        answers = ticket.replies.filter(by_agent=True).order_by("-created_at", "-pk")
        self.fields["answer"].queryset = answers
        self.fields["answer"].label_from_instance = _first_words
        incidents = open_incidents(ticket, actor=user).select_related("requester")
        self.fields["incidents"].choices = [
            (one.reference, f"{one.reference} {one.subject} ({one.requester})") for one in incidents
        ]
        self.initial = {
            "answer": answers.first(),
            "incidents": [reference for reference, _label in self.fields["incidents"].choices],
        }


class IncidentsView(DialogView):
    form_class = IncidentsForm
    page_title = _("Answer the incidents")
    button = _("Send and resolve them")

    @cached_property
    def text(self) -> Any:
        if not open_incidents(self.ticket, actor=self.request.user).exists():
            return _("None of its incidents is open.")
        if not self.ticket.replies.filter(by_agent=True).exists():
            return _("Answer this ticket first: the incidents get the same answer.")
        return _("Each of them gets the same words, and is resolved.")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "ticket": self.ticket}

    def perform(self, data):
        result = answer_incidents(data["answer"], actor=self.request.user, only=data["incidents"])
        tell_incidents(self.request, result, undo=result.undo_token)
        return self.back


def _first_words(reply: Reply) -> str:
    return f"{reply.author_name}: {' '.join(reply.body.split())[:80]}"
