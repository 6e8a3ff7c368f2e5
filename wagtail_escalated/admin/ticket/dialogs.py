"""What needs a second look before it happens: merge, link, split, delete.

Each is a page of its own, and a dialog on the ticket's page where scripts run (``dialog.js``).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.undoing import offer_unmerge
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import SUBJECT_LENGTH, LinkKind, Ticket
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.ticket_search import by_relevance, matching, similar_to

from .lookup import TicketMixin
from .operations import ticket_url, undo_url

#: Of each kind of suggestion.
CANDIDATES = 5


class TicketField(forms.CharField):
    """A reference, or the address of a ticket's page, of a ticket that ``user`` may work on."""

    def __init__(self, *, user: Any = None, **kwargs: Any):
        self.user = user
        super().__init__(max_length=300, **kwargs)

    def clean(self, value: Any) -> Ticket | None:
        text = super().clean(value)
        reference = text.rstrip("/").rpartition("/")[2] if text else ""
        ticket = tickets_for(self.user, "work").for_reference(reference).first()
        if ticket is None:
            raise ValidationError(_("There is no such ticket that you may work on."))
        return ticket


class OtherTicketForm(forms.Form):
    other = TicketField(
        label=_("The other ticket"),
        help_text=_("Its reference, the address of its page, or words to look for it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-esc-dialog-target": "other"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["other"].user = user


class MergeForm(OtherTicketForm):
    different_requesters = forms.BooleanField(
        label=_("Merge even if different people asked"),
        help_text=_("Both will be able to read the whole conversation."),
        required=False,
    )


class LinkForm(OtherTicketForm):
    kind = forms.ChoiceField(label=_("This ticket is"), choices=LinkKind.choices)
    field_order = ["kind", "other"]


class SplitForm(forms.Form):
    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=SUBJECT_LENGTH)

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)


class DeleteForm(forms.Form):
    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)


class DialogView(TicketMixin, WagtailAdminTemplateMixin, FormView):
    """``perform`` calls the action and returns where to go; what it refuses stands above the form."""

    writes = True
    template_name = "wagtail_escalated/admin/ticket/dialog.html"
    header_icon = "mail"
    text: Any = ""
    button: Any = _("Save")
    is_dangerous = False

    @property
    def is_in_dialog(self) -> bool:
        return self.request.headers.get("X-Requested-With") == "fetch"

    def get_template_names(self):
        inside = "wagtail_escalated/admin/ticket/dialog_form.html"
        return [inside] if self.is_in_dialog else [self.template_name]

    @property
    def back(self) -> str:
        """The ticket, with the list that it was opened from."""
        query = self.request.GET.copy()
        for own in ("other", "words"):
            query.pop(own, None)
        url = ticket_url(self.ticket.reference)
        return f"{url}?{query.urlencode()}" if query else url

    def get_breadcrumbs_items(self):
        ticket = {"url": self.back, "label": self.ticket.reference}
        return [*self.breadcrumbs_items, ticket, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            ticket=self.ticket,
            text=self.text,
            button=self.button,
            is_dangerous=self.is_dangerous,
            back=self.back,
            is_in_dialog=self.is_in_dialog,
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            url = self.perform(form.cleaned_data)
        except EscalatedError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return JsonResponse({"url": url}) if self.is_in_dialog else redirect(url)

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def perform(self, data: dict[str, Any]) -> str:
        raise NotImplementedError


class OtherTicketView(DialogView):
    """The other ticket is typed, looked for by words (``?words=``), or chosen among those that suggest
    themselves (``?other=``)."""

    def get_initial(self):
        return {"other": self.request.GET.get("other", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.request.GET.get("words") or self.request.POST.get("other") or ""
        words = words.replace("\x00", "").strip()[:100]
        rest = self.request.GET.copy()
        rest.pop("other", None)
        return super().get_context_data(
            candidates=self._found(words) if words else self._candidates(),
            words=words,
            # A candidate's link keeps what else the address says.
            query=rest.urlencode(),
            **kwargs,
        )

    @property
    def _workable(self) -> QuerySet[Ticket]:
        workable = tickets_for(self.request.user, "work").select_related("requester")
        return workable.filter(merged_into=None).exclude(pk=self.ticket.pk)

    def _found(self, words: str) -> list[Ticket]:
        found = by_relevance(matching(self._workable, words, with_notes=True), words)
        return list(found[: 2 * CANDIDATES])

    def _candidates(self) -> list[Ticket]:
        """The requester's newest, then those with a subject like this one's."""
        same = self._workable.filter(requester=self.ticket.requester_id)
        theirs = list(same.order_by("-last_message_at")[:CANDIDATES])
        alike = similar_to(self.ticket, self._workable, limit=CANDIDATES)
        return theirs + [ticket for ticket in alike if ticket not in theirs]


class MergeView(OtherTicketView):
    form_class = MergeForm
    page_title = _("Merge")
    text = _(
        "This ticket is closed, and its conversation goes on in the other one. "
        "It can be undone within an hour."
    )
    button = _("Merge into it")

    def perform(self, data):
        into = tickets.merge(
            self.ticket,
            data["other"],
            actor=self.request.user,
            different_requesters=data["different_requesters"],
        )
        token = offer_unmerge(self.ticket, actor=self.request.user)
        messages.success(
            self.request,
            _("%(one)s is merged into %(other)s.")
            % {"one": self.ticket.reference, "other": into.reference},
            buttons=[messages.button(undo_url(token), _("Undo"))],
        )
        return ticket_url(into.reference)


class LinkView(OtherTicketView):
    form_class = LinkForm
    page_title = _("Link")
    button = _("Link")

    def perform(self, data):
        tickets.link(self.ticket, data["other"], data["kind"], actor=self.request.user)
        messages.success(
            self.request, _("Linked with %(reference)s.") % {"reference": data["other"].reference}
        )
        return self.back


class SplitView(DialogView):
    form_class = SplitForm
    page_title = _("Split")
    text = _("A new ticket is opened with the text and files of this reply, which stays here, too.")
    button = _("Open a new ticket")

    def get_initial(self):
        return {"subject": self.ticket.subject}

    def perform(self, data):
        reply = self.ticket.replies.filter(pk=self.kwargs["reply"]).first()
        if reply is None:
            raise Http404
        fresh = tickets.split(self.ticket, reply, actor=self.request.user, subject=data["subject"])
        messages.success(
            self.request, _("Split from %(reference)s.") % {"reference": self.ticket.reference}
        )
        return ticket_url(fresh.reference)


class DeleteView(DialogView):
    form_class = DeleteForm
    page_title = _("Delete")
    text = _("The ticket, its messages and its files are gone for good. This cannot be undone.")
    button = _("Delete for good")
    is_dangerous = True

    @property
    def may_work(self) -> bool:
        return self.may_manage

    def perform(self, data):
        reference = self.ticket.reference
        tickets.delete(self.ticket, actor=self.request.user)
        messages.success(self.request, _("%(reference)s is deleted.") % {"reference": reference})
        return reverse("wagtail_escalated_admin:inbox")
