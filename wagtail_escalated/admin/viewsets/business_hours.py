"""Business hours: shifts of a week, holidays and special openings, checked as a whole before they are saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import available_timezones

from django import forms
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.widgets.button import Button

from wagtail_escalated import hours
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.inline import StrictInlinePanel
from wagtail_escalated.admin.sla_holidays import HolidaysView
from wagtail_escalated.admin.sla_recompute import RecomputableEditView
from wagtail_escalated.admin.sla_week import WeekPanel
from wagtail_escalated.admin.sla_what_if import HoursReplayView, ReplayPanel, WhatIfViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.admin.widgets import DateInput, TimeInput
from wagtail_escalated.models import BusinessHours, Department, Holiday, Shift, SLAPolicy


def time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


class BusinessHoursForm(WagtailAdminModelForm):
    time_zone = forms.ChoiceField(
        label=pgettext_lazy("business hours", "Time zone"), choices=time_zones
    )

    def is_valid(self):
        return super().is_valid() and self._is_a_calendar()

    def _is_a_calendar(self) -> bool:
        """Whether the week makes sense as a whole; what does not is told at its row."""
        shifts = [
            (form, hours.Shift(row["weekday"], row["start"], row["end"]))
            for form, row in self._rows("shifts")
        ]
        overlapping = [*self._clashes(shifts), *self._clashes_on_special_days()]
        for form, first, second in overlapping:
            form.add_error(
                "start",
                _("Two shifts are open at the same time: %(first)s and %(second)s.")
                % {"first": first, "second": second},
            )
        if not overlapping and not self._ever_opens([shift for _form, shift in shifts]):
            self.add_error(
                "always_open",
                _("These hours never open. Add a shift, or let them be open around the clock."),
            )
        return not overlapping and not self.errors

    def _clashes(self, shifts) -> Iterator[tuple[forms.ModelForm, str, str]]:
        if clash := hours.overlaps(tuple(shift for _form, shift in shifts)):
            form = next(form for form, shift in shifts if shift is clash[1])
            yield form, self._text(clash[0]), self._text(clash[1])

    def _clashes_on_special_days(self) -> Iterator[tuple[forms.ModelForm, str, str]]:
        openings = [
            (form, row, hours.Shift(0, row["start"], row["end"])) for form, row in self._openings()
        ]
        days = ((row["date"], row["yearly"], opening) for _form, row, opening in openings)
        for clash in hours.overlaps_on_special_days(days):
            form = next(form for form, _row, opening in openings if opening is clash[1])
            yield form, *(f"{one.opens:%H:%M}–{one.closes:%H:%M}" for one in clash)

    def _ever_opens(self, shifts) -> bool:
        if self.cleaned_data["always_open"]:
            return True
        special = tuple(
            hours.SpecialDay(row["date"], row["yearly"], ((row["start"], row["end"]),))
            for _form, row in self._openings()
        )
        calendar = hours.Calendar(self.cleaned_data["time_zone"], tuple(shifts), special)
        return calendar.opens_after(datetime.now(UTC).date().toordinal())

    def _openings(self):
        for form, row in self._rows("holidays"):
            if row["start"] is not None:
                yield form, row

    def _rows(self, name):
        for form in self.formsets[name].forms:
            row = getattr(form, "cleaned_data", {})
            if row and not row.get("DELETE"):
                yield form, row

    @staticmethod
    def _text(shift: hours.Shift) -> str:
        return str(Shift(weekday=shift.weekday, start=shift.opens, end=shift.closes))


class BusinessHoursIndexView(scoped.IndexView):
    def get_base_queryset(self):
        return (
            super()
            .get_base_queryset()
            .annotate(
                shift_count=count_of(Shift, "hours"),
                holiday_count=count_of(Holiday, "hours"),
                department_count=count_of(Department, "business_hours"),
                policy_count=count_of(SLAPolicy, "business_hours"),
            )
        )


class BusinessHoursEditView(RecomputableEditView):
    holidays_url_name = ""

    @cached_property
    def header_more_buttons(self):
        url = reverse(self.holidays_url_name, args=[self.object.pk])
        button = Button(_("Add public holidays"), url=url, icon_name="calendar", priority=12)
        return [*super().header_more_buttons, button]


class BusinessHoursViewSet(WhatIfViewSet):
    model = BusinessHours
    replay_view_class = HoursReplayView
    slug = "business-hours"
    icon = "calendar"
    index_view_class = BusinessHoursIndexView
    edit_view_class = BusinessHoursEditView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("time_zone", classname="esc-form"),
                    FieldPanel("always_open"),
                ],
                heading=gettext_lazy("Business hours"),
            ),
            WeekPanel(heading=gettext_lazy("The week")),
            StrictInlinePanel(
                "shifts",
                heading=gettext_lazy("Shifts of the week"),
                label=gettext_lazy("shift"),
                panels=[
                    FieldRowPanel(
                        [
                            FieldPanel("weekday"),
                            FieldPanel("start", widget=TimeInput),
                            FieldPanel("end", widget=TimeInput),
                        ]
                    )
                ],
            ),
            StrictInlinePanel(
                "holidays",
                heading=gettext_lazy("Holidays and special days"),
                label=gettext_lazy("holiday or special day"),
                panels=[
                    FieldRowPanel(
                        [
                            FieldPanel("name"),
                            FieldPanel("date", widget=DateInput),
                            FieldPanel("yearly"),
                        ]
                    ),
                    FieldRowPanel(
                        [
                            FieldPanel("start", widget=TimeInput),
                            FieldPanel("end", widget=TimeInput),
                        ]
                    ),
                ],
            ),
            ReplayPanel(
                "escalated_business_hours:what_if",
                heading=gettext_lazy("What if"),
            ),
        ],
        base_form_class=BusinessHoursForm,
    )
    list_display = [
        "name",
        "time_zone",
        BooleanColumn(
            "always_open", label=gettext_lazy("Around the clock"), sort_key="always_open"
        ),
        Column("shift_count", label=gettext_lazy("Shifts")),
        Column("holiday_count", label=gettext_lazy("Special days")),
        Column("department_count", label=gettext_lazy("Departments")),
        Column("policy_count", label=gettext_lazy("SLA policies")),
    ]
    search_fields = ["name", "time_zone"]

    @property
    def holidays_view(self):
        return self.construct_view(HolidaysView)

    def get_edit_view_kwargs(self, **kwargs):
        url_name = self.get_url_name("holidays")
        return super().get_edit_view_kwargs(holidays_url_name=url_name, **kwargs)

    def get_urlpatterns(self):
        holidays = path("holidays/<int:pk>/", self.holidays_view, name="holidays")
        return [*super().get_urlpatterns(), holidays]
