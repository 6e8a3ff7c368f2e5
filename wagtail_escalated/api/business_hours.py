"""``business-hours/``: the week and its special days, written as a whole."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated import hours
from wagtail_escalated.models import BusinessHours, Holiday, Shift

from .configuration import Rows, both
from .fields import LocalTime, Part, Text, Truth
from .model_json import RowJSON

MOST_ROWS = 1000


class ShiftJSON(Part):
    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    start = LocalTime()
    end = LocalTime(help_text="At or before the start means on the next day.")


class HolidayJSON(Part):
    """Closed, or with ``start`` and ``end`` open at other hours."""

    name = Text(max_length=120)
    date = serializers.DateField()
    yearly = Truth(required=False, default=False)
    start = LocalTime(required=False, allow_null=True, default=None)
    end = LocalTime(required=False, allow_null=True, default=None)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data["start"] is None) != (data["end"] is None):
            raise ValidationError(
                {"end": [_("Give both times, or none for a day that is closed.")]}
            )
        return data


class BusinessHoursJSON(RowJSON):
    time_zone = Text(max_length=64, required=False)
    shifts = ShiftJSON(many=True, required=False)
    holidays = HolidayJSON(many=True, required=False)

    class Meta:
        model = BusinessHours
        fields = ["id", "name", "time_zone", "always_open", "shifts", "holidays"]

    def validate_time_zone(self, name: str) -> str:
        if name not in zoneinfo.available_timezones():
            raise ValidationError(_("There is no such time zone."))
        return name

    def validate_shifts(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _few(rows)

    def validate_holidays(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _few(rows)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        shifts = tuple(
            hours.Shift(row["weekday"], row["start"], row["end"])
            for row in self._rows(data, "shifts")
        )
        if hours.overlaps(shifts):
            raise ValidationError({"shifts": [_("Two shifts are open at the same time.")]})
        self._check_special_days(data)
        always = data.get("always_open", self.instance is not None and self.instance.always_open)
        if not always and not self._ever_opens(data, shifts):
            message = _(
                "These hours never open. Add a shift, or let them be open around the clock."
            )
            raise ValidationError({"shifts": [message]})
        return data

    def _rows(self, data: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """As they will stand: those that were sent, else those that are there."""
        if name in data:
            return data[name]
        return list(getattr(self.instance, name).values()) if self.instance is not None else []

    def _check_special_days(self, data: dict[str, Any]) -> None:
        openings = (
            (row["date"], row["yearly"], hours.Shift(0, row["start"], row["end"]))
            for row in self._rows(data, "holidays")
            if row["start"] is not None
        )
        for clash in hours.overlaps_on_special_days(openings):
            first, second = (f"{one.opens:%H:%M}–{one.closes:%H:%M}" for one in clash)
            message = _("Two shifts are open at the same time: %(first)s and %(second)s.")
            raise ValidationError({"holidays": [message % {"first": first, "second": second}]})

    def _ever_opens(self, data: dict[str, Any], shifts: tuple[hours.Shift, ...]) -> bool:
        special = tuple(
            hours.SpecialDay(row["date"], row["yearly"], ((row["start"], row["end"]),))
            for row in self._rows(data, "holidays")
            if row["start"] is not None
        )
        zone = data.get("time_zone", self.instance.time_zone if self.instance else "UTC")
        calendar = hours.Calendar(zone, shifts, special)
        return calendar.opens_after(datetime.now(UTC).date().toordinal())

    def save(self, **more: Any) -> BusinessHours:
        sent = {
            model: self.validated_data.pop(name)
            for name, model in (("shifts", Shift), ("holidays", Holiday))
            if name in self.validated_data
        }
        with transaction.atomic():
            row = super().save(**more)
            for model, rows in sent.items():
                model.objects.filter(hours=row).delete()
                model.objects.bulk_create(model(hours=row, **values) for values in rows)
            # Bulk writes tell nobody that the version taken before is an old one.
            BusinessHours.objects.filter(pk=row.pk).update(current=None)
        return row


def _few(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) > MOST_ROWS:
        raise ValidationError(_("These are too many."))
    return rows


class Hours(Rows):
    names = ("business_hours", "business_hours")
    searched = ("name", "time_zone")
    serializer_class = BusinessHoursJSON

    def rows(self) -> QuerySet[BusinessHours]:
        return BusinessHours.objects.prefetch_related("shifts", "holidays").order_by("pk")


BOTH = both(Hours)
