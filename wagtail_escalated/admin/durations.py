"""Spans of time as people write them: ``30m``, ``4h``, ``1d 2h``; a day is 24 hours."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

UNITS = {"d": 24 * 60, "h": 60, "m": 1}
# Nothing else counts as a unit: two "weeks" would silently be two minutes.
_PART = re.compile(
    r"(\d{1,7})\s*(?:(d)(?:ays?)?|(h)(?:ours?|rs?)?|(m)(?:in(?:s|utes?)?)?)?(?![^\W\d])\s*", re.I
)


def minutes_from(text: str) -> int:
    """``"1h 30m"`` → 90. A bare number is minutes. Raises ``ValueError`` for anything else."""
    position, minutes = 0, 0
    text = text.strip()
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise ValueError(text)
        number, *units = part.groups()
        minutes += int(number) * UNITS[next(filter(None, units), "m").lower()]
        position = part.end()
    return minutes


def text_from(minutes: int | None) -> str:
    """90 → ``"1h 30m"``; whole hours stay hours, as promises are seldom thought of in days of 24 hours."""
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours}h" if hours else "", f"{rest}m" if rest else ""]))


class MinutesField(forms.Field):
    """A number of minutes, written as a span of time."""

    default_error_messages = {
        "invalid": _("Write it as 30m, 4h or 1d 2h."),
        "too_long": _("No promise is longer than a year."),
        "too_short": _("A promise needs at least a minute."),
    }

    def __init__(self, *, longest: int, **kwargs):
        self.longest = longest
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return text_from(value) if isinstance(value, int) else value

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            minutes = minutes_from(str(value))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if minutes > self.longest:
            raise ValidationError(self.error_messages["too_long"], code="too_long")
        if minutes < 1:
            raise ValidationError(self.error_messages["too_short"], code="too_short")
        return minutes

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True
