"""A country's public holidays: looked at first, then taken over into business hours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from wagtail_escalated.actions import public_holidays as library
from wagtail_escalated.admin import scoped

MOST_YEARS = 5


class ProperNames(forms.Select):
    """Names as the library has them, which nobody translates."""

    def __init__(self, attrs: Any = None, choices: Any = ()):
        super().__init__({"translate": "no", **(attrs or {})}, choices)


class ChoiceForm(forms.Form):
    country = forms.ChoiceField(label=gettext_lazy("Country"), widget=ProperNames)
    region = forms.ChoiceField(label=gettext_lazy("Region"), widget=ProperNames, required=False)
    years = forms.IntegerField(
        label=gettext_lazy("Years from now on"), min_value=1, max_value=MOST_YEARS
    )

    def __init__(self, data: Any):
        country = data.get("country", "")
        countries = library.countries()
        known = any(code == country for code, _name in countries)
        super().__init__({"years": 2, **data.dict()} if known else None, initial={"years": 2})
        self.fields["country"].choices = [("", _("Choose a country")), *countries]
        regions = library.regions(country) if known else []
        self.fields["region"].choices = [("", _("the whole country")), *regions]
        self.fields["region"].disabled = not regions

    def holidays(self) -> list[library.PublicHoliday]:
        if not self.is_valid():
            return []
        first = timezone.localdate().year
        years = range(first, first + self.cleaned_data["years"])
        return library.public_holidays(
            self.cleaned_data["country"], self.cleaned_data["region"], years
        )


class HolidaysView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Choosing is a GET that writes nothing; what is ticked is taken over by a POST."""

    model: Any = None
    permission_policy: Any = None
    index_url_name = ""
    edit_url_name = ""
    permission_required = "change"
    template_name = "wagtail_escalated/admin/sla_holidays.html"
    header_icon = "calendar"
    page_title = gettext_lazy("Public holidays")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.hours = get_object_or_404(scoped.reachable(self, "change"), pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.hours)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": _("Business hours")},
            {"url": reverse(self.edit_url_name, args=[self.hours.pk]), "label": str(self.hours)},
            {"url": "", "label": self.get_page_title()},
        ]

    @cached_property
    def form(self) -> ChoiceForm:
        return ChoiceForm(self.request.GET if self.request.method == "GET" else self.request.POST)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        days = self.form.holidays()
        taken = library.days_with_hours_of_their_own(self.hours, [day.date for day in days])
        return super().get_context_data(
            form=self.form,
            days=[(day, day.date in taken) for day in days],
            all_taken=len(taken) == len({day.date for day in days}),
            back=reverse(self.edit_url_name, args=[self.hours.pk]),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ticked = set(request.POST.getlist("day"))
        days = [day for day in self.form.holidays() if day.date.isoformat() in ticked]
        count = library.take_over(self.hours, days)
        messages.success(
            request,
            ngettext("%(count)d holiday was added.", "%(count)d holidays were added.", count)
            % {"count": count},
        )
        return redirect(self.edit_url_name, self.hours.pk)
