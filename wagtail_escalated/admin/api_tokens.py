"""API tokens: each who works at the desk makes their own; the secret is shown once, a revoked one ends at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem

from wagtail_escalated.actions import api_tokens
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import ApiToken
from wagtail_escalated.permissions import is_manager, works_inside

LASTS = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    "": gettext_lazy("Until it is revoked"),
}


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What will use it, such as “Billing system”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("It can do what you can do, and of that only this."),
    )
    lasts = forms.ChoiceField(
        label=gettext_lazy("Valid for"), choices=list(LASTS.items()), required=False, initial="90"
    )

    def expires_at(self) -> Any:
        days = self.cleaned_data["lasts"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class ApiTokensView(DeskPage):
    template_name = "wagtail_escalated/admin/api_tokens.html"
    page_title = gettext_lazy("API tokens")
    header_icon = "key"
    allowed = staticmethod(works_inside)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        row, secret = api_tokens.create(
            request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
        )
        response = self.render_to_response(self.get_context_data(made=row, secret=secret))
        response["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", TokenForm())
        tokens = reachable(self.request.user).select_related("user")
        return super().get_context_data(
            tokens=tokens, now=timezone.now(), api_is_on=desk_settings.API_ENABLED, **kwargs
        )


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    if not works_inside(request.user):
        raise PermissionDenied
    row = get_object_or_404(reachable(request.user), pk=pk)
    api_tokens.revoke(row)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": row.name})
    return redirect("wagtail_escalated_admin:api_tokens")


def reachable(user: Any) -> Any:
    """One's own; for managers everybody's."""
    return ApiToken.objects.all() if is_manager(user) else ApiToken.objects.filter(user=user)


class ApiTokensMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return works_inside(request.user)
