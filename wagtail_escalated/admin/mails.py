"""How the mails of a site look, before a customer sees one; and a test mail to oneself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.clickjacking import xframe_options_sameorigin
from wagtail.admin import messages
from wagtail.models import Site

from wagtail_escalated import ratelimit
from wagtail_escalated.admin.pages import AllowedMixin, DeskPage
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.mail import preview
from wagtail_escalated.models import user_address

#: Nothing runs or leaves; the logo may lie on another host.
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def _name_of(code: str, name: str) -> str:
    """Of a language, in itself, where Django knows it."""
    try:
        return get_language_info(code)["name_local"]
    except KeyError:
        return name


class ChoiceForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Mail"), choices=lambda: preview.KINDS.items())
    site = forms.ModelChoiceField(
        label=gettext_lazy("Site"), queryset=Site.objects.order_by("-is_default_site", "pk")
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=lambda: [(code, _name_of(code, name)) for code, name in settings.LANGUAGES],
        widget=forms.Select(attrs={"translate": "no"}),
    )

    @classmethod
    def of(cls, request: HttpRequest) -> ChoiceForm:
        """What was not asked for is the first of each, in the reader's own language."""
        site = Site.objects.order_by("-is_default_site", "pk").first()
        language = get_language()
        known = dict(settings.LANGUAGES)
        first = {
            "kind": next(iter(preview.KINDS)),
            "site": site.pk if site else "",
            "language": language if language in known else settings.LANGUAGE_CODE,
        }
        given = request.POST if request.method == "POST" else request.GET
        return cls(first | {name: given[name] for name in first if name in given})

    def message(self, request: HttpRequest) -> Any:
        if not self.is_valid():
            raise Http404
        return preview.sample(**self.cleaned_data, address=user_address(request.user))


class MailsView(DeskPage):
    template_name = "wagtail_escalated/admin/mails.html"
    page_title = gettext_lazy("Mails")
    header_icon = "mail"

    @cached_property
    def form(self) -> ChoiceForm:
        return ChoiceForm.of(self.request)

    def get_breadcrumbs_items(self):
        here = {"url": "", "label": self.page_title}
        setup = {"url": reverse("wagtail_escalated_admin:setup"), "label": _("Setup")}
        return [*self.breadcrumbs_items, setup, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message = self.form.message(self.request)
        chosen = {name: self.form.data[name] for name in self.form.fields}
        return super().get_context_data(
            form=self.form,
            message=message,
            chosen=chosen,
            address=user_address(self.request.user),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        message, address = self.form.message(request), user_address(request.user)
        query = "&".join(f"{name}={self.form.data[name]}" for name in self.form.fields)
        self._send(message, address)
        return redirect(f"{reverse('wagtail_escalated_admin:mails')}?{query}")

    def _send(self, message: Any, address: str) -> None:
        if not address:
            messages.error(self.request, _("Your account has no email address."))
            return
        if ratelimit.hit(
            "test-mail", str(self.request.user.pk), limit=preview.TESTS_IN_AN_HOUR, window=3600
        ):
            messages.error(self.request, _("Those were a lot of test mails. Wait an hour."))
            return
        try:
            preview.send(message)
        except EscalatedError as error:
            messages.error(self.request, str(error))
        else:
            said = _("A test mail was sent to %(address)s.") % {"address": address}
            messages.success(self.request, said)


@method_decorator(xframe_options_sameorigin, name="dispatch")
class MailFrameView(AllowedMixin, View):
    """The HTML of a mail as it would be sent, for the frame of the page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponse(preview.html_of(ChoiceForm.of(request).message(request)))
        response["Content-Security-Policy"] = FRAME_POLICY
        response["X-Content-Type-Options"] = "nosniff"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response


def mail_urls():
    return [
        path("mails/", MailsView.as_view(), name="mails"),
        path("mails/frame/", MailFrameView.as_view(), name="mail_frame"),
    ]
