"""Which mails a customer gets: by a login, by the link in a mail, and by one click of a mail program."""

from __future__ import annotations

from django import forms
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from wagtail_escalated.actions import mail_choices, tickets
from wagtail_escalated.actors import through
from wagtail_escalated.models import Contact, CustomerMail
from wagtail_escalated.permissions import user_contact

from .pages import page
from .seats import nowhere, privately

MOST_COPIES = 100


class MailChoicesForm(forms.Form):
    mails = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me by mail"),
        choices=CustomerMail.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    copies = forms.MultipleChoiceField(
        label=gettext_lazy("Send me the answers to these requests of others"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data=None, *, contact: Contact):
        self.copied = list(mail_choices.copies_of(contact)[:MOST_COPIES])
        super().__init__(
            data,
            initial={
                "mails": sorted(mail_choices.wanted(contact)),
                "copies": [ticket.reference for ticket in self.copied],
            },
        )
        self.fields["copies"].choices = [
            (ticket.reference, f"{ticket.reference} {ticket.subject}") for ticket in self.copied
        ]
        if not self.copied:
            del self.fields["copies"]
        for field in self.fields.values():
            field.needed = True  # no tick is an answer, too, so “optional” would say nothing

    def save(self, contact: Contact) -> None:
        mail_choices.choose(contact, self.cleaned_data["mails"])
        kept = self.cleaned_data.get("copies", ())
        for ticket in self.copied:
            if ticket.reference not in kept:
                _leave(ticket, contact)


def _leave(ticket, contact: Contact) -> None:
    try:
        with through("portal"):
            tickets.unfollow_by_mail(ticket, actor=contact)
    except PermissionDenied:
        return  # gone meanwhile


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    contact = user_contact(request.user)
    if contact is None:
        return page(request, "mail_choices", {"contact": None, "form": None})
    return _choices(request, contact)


@privately
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    contact = mail_choices.contact_of(token)
    return _choices(request, contact) if contact else nowhere(request, guest=True)


def _choices(request: HttpRequest, contact: Contact) -> HttpResponse:
    form = MailChoicesForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_valid():
        form.save(contact)
        notices.success(request, _("Saved."))
        return redirect(request.path)
    context = {"contact": contact, "form": form}
    return page(request, "mail_choices", context, status=400 if form.errors else 200)


@csrf_exempt
@privately
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """GET asks, POST does it: a mail program posts without a cookie (RFC 8058 §3.2), the token is enough."""
    contact = mail_choices.contact_of(token)
    if contact is None or kind not in CustomerMail.values:
        return nowhere(request, guest=True)
    if request.method == "POST":
        mail_choices.switch_off(contact, kind)
    context = {
        "contact": contact,
        "token": token,
        "label": CustomerMail(kind).label,
        "is_off": kind not in mail_choices.wanted(contact),
    }
    return page(request, "mail_off", context)
