"""Each event and each way, as the person wants it; and the daily summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from wagtail_escalated.actions import notifications
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.models import DigestPreference, NoticeChannel, NoticeKind
from wagtail_escalated.permissions import works_inside

from .bell import LIST, BellView

PAGE = "wagtail_escalated_admin:notification_preferences"


class PreferencesForm(forms.Form):
    """A box for each kind and channel, named ``kind-channel``."""

    digest = forms.BooleanField(
        label=gettext_lazy("Send me a daily summary of what I have not read"), required=False
    )
    digest_at = forms.TimeField(
        label=gettext_lazy("At"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Say at what time it should come."),
            "invalid": gettext_lazy("Write the time as hours and minutes, such as 08:00."),
        },
    )

    def __init__(self, data: Any = None, *, user: Any):
        super().__init__(data)
        choices = notifications.Choices([user.pk])
        for kind, channel in notifications.ALL_PAIRS:
            self.fields[f"{kind}-{channel}"] = forms.BooleanField(
                label=format_html("{}: {}", NoticeKind(kind).label, NoticeChannel(channel).label),
                required=False,
                initial=choices.wants(user.pk, [kind], channel),
            )
        digest = DigestPreference.objects.filter(user=user).first()
        self.fields["digest"].initial = bool(digest and digest.enabled)
        self.fields["digest_at"].initial = digest.at if digest else DigestPreference.DEFAULT_TIME

    def rows(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for kind in NoticeKind:
            yield (
                str(kind.label),
                [self[f"{kind.value}-{channel.value}"] for channel in NoticeChannel],
            )

    def save(self, user: Any) -> None:
        data = self.cleaned_data
        notifications.choose(
            user, {pair for pair in notifications.ALL_PAIRS if data["-".join(pair)]}
        )
        notifications.choose_digest(user, enabled=data["digest"], at=data["digest_at"])


class NotificationPreferencesView(DeskPage):
    template_name = "wagtail_escalated/admin/notifications/preferences.html"
    page_title = gettext_lazy("What you are told")
    header_icon = "esc-bell"
    allowed = staticmethod(works_inside)

    def get_breadcrumbs_items(self):
        bell = {"url": reverse(LIST), "label": BellView.page_title}
        return [*self.breadcrumbs_items, bell, {"url": "", "label": self.page_title}]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PreferencesForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=400)
        form.save(request.user)
        messages.success(request, _("Saved."))
        return redirect(PAGE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", PreferencesForm(user=self.request.user))
        return super().get_context_data(
            channels=[channel.label for channel in NoticeChannel],
            zone=notifications.zone_of(self.request.user).key.replace("_", " "),
            **kwargs,
        )


def account_menu_item(request: HttpRequest) -> dict[str, Any] | None:
    """In Wagtail's account settings, for whom there is something to choose."""
    if not works_inside(request.user):
        return None
    return {
        "url": reverse(PAGE),
        "label": _("Support notifications"),
        "help_text": _("Choose what the support desk tells you, and how."),
    }
