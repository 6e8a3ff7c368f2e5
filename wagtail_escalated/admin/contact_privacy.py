"""What a contact may ask for, on the contact's own pages: all that is kept about them, or none of it any more."""

from __future__ import annotations

import tempfile
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_escalated.actions.contact_export import export_contact
from wagtail_escalated.actions.erasure import Erased, erase_contact, what_would_go
from wagtail_escalated.admin.pages import AllowedMixin
from wagtail_escalated.models import Contact, normalise_address

#: A larger archive is written to the disk.
IN_MEMORY = 5_000_000


class SureForm(forms.Form):
    """Nothing brings them back, so who asks for it writes whom they mean."""

    address = forms.CharField(
        label=gettext_lazy("Their email address"),
        help_text=gettext_lazy("Write it to confirm. This cannot be undone."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.contact = contact

    def clean_address(self) -> str:
        address = normalise_address(self.cleaned_data["address"])
        if address != self.contact.address:
            raise forms.ValidationError(_("This is not the address of this contact."))
        return address


class EraseContactView(AllowedMixin, WagtailAdminTemplateMixin, FormView):
    """GET counts what would go, POST with the address lets it go. For managers."""

    form_class = SureForm
    template_name = "wagtail_escalated/admin/erase_contact.html"
    page_title = gettext_lazy("Erase contact")
    header_icon = "bin"

    @cached_property
    def contact(self) -> Contact:
        return get_object_or_404(Contact, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.contact)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("escalated_contacts:index"), "label": _("Contacts")}
        here = {"url": "", "label": self.page_title, "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, index, here]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "contact": self.contact}

    def form_valid(self, form: SureForm) -> HttpResponse:
        erased = erase_contact(self.contact, actor=self.request.user)
        messages.success(self.request, _("Erased: %(what)s.") % {"what": in_words(erased)})
        return redirect("escalated_contacts:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            contact=self.contact, would_go=in_words(what_would_go(self.contact)), **kwargs
        )


class ExportContactView(AllowedMixin, View):
    """The ZIP of ``escalated_export_contact``."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        contact = get_object_or_404(Contact, pk=pk)
        archive = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the response closes it)
        export_contact(contact, archive, actor=request.user)
        archive.seek(0)
        response = FileResponse(archive, as_attachment=True, filename=f"contact-{contact.pk}.zip")
        response["Cache-Control"] = "private, no-store"
        return response


def in_words(erased: Erased) -> str:
    """``3 tickets, 2 messages in other tickets, 5 letters``."""
    return ", ".join(
        [
            ngettext("%(n)d ticket", "%(n)d tickets", erased.tickets) % {"n": erased.tickets},
            ngettext(
                "%(n)d message in other tickets",
                "%(n)d messages in other tickets",
                erased.messages,
            )
            % {"n": erased.messages},
            ngettext("%(n)d letter", "%(n)d letters", erased.letters) % {"n": erased.letters},
        ]
    )
