"""Public holidays of countries and regions, from the library ``holidays``, taken over into business hours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays
from django.db import transaction
from django.utils.translation import get_language
from holidays import registry

from wagtail_escalated.models import BusinessHours, Holiday

NAME_LENGTH = Holiday._meta.get_field("name").max_length


@dataclass(frozen=True, slots=True)
class PublicHoliday:
    date: date
    name: str


@cache
def countries() -> list[tuple[str, str]]:
    """``("DE", "Germany")``: the countries that the library knows, by name in English."""
    known = holidays.list_supported_countries(include_aliases=False)
    named = {
        code: _words(name) for name, code, *_aliases in registry.COUNTRIES.values() if code in known
    }
    return sorted(named.items(), key=lambda item: item[1])


@cache
def regions(country: str) -> list[tuple[str, str]]:
    """``("BY", "Bayern")``; a code stands for itself where the library has no name."""
    calendar = holidays.country_holidays(country)
    names = {code: name for name, code in (calendar.subdivisions_aliases or {}).items()}
    return sorted(
        ((code, names.get(code, code)) for code in calendar.subdivisions), key=lambda item: item[1]
    )


def public_holidays(country: str, region: str, years: Collection[int]) -> list[PublicHoliday]:
    """In order of their dates, named in the reader's language where the library has it."""
    found = holidays.country_holidays(
        country, subdiv=region or None, years=years, language=_language(country)
    )
    return [PublicHoliday(day, name[:NAME_LENGTH]) for day, name in sorted(found.items())]


def days_with_hours_of_their_own(hours: BusinessHours, days: Iterable[date]) -> set[date]:
    """Those of the dates on which the hours have a holiday or special opening already."""
    rows = hours.holidays.all()
    single = {row.date for row in rows if not row.yearly}
    yearly = {(row.date.month, row.date.day) for row in rows if row.yearly}
    return {day for day in days if day in single or (day.month, day.day) in yearly}


@transaction.atomic
def take_over(hours: BusinessHours, days: Iterable[PublicHoliday]) -> int:
    """Close the hours on these dates, but on none that has hours of its own; returns how many."""
    days = list(days)
    taken = days_with_hours_of_their_own(hours, [day.date for day in days])
    new = [
        Holiday(hours=hours, date=day.date, name=day.name) for day in days if day.date not in taken
    ]
    for row in new:
        row.save()
    return len(new)


def _language(country: str) -> str | None:
    wanted = (get_language() or "").replace("-", "_").lower()
    known = holidays.country_holidays(country).supported_languages
    same = [name for name in known if name.lower() == wanted]
    alike = [name for name in known if name.lower().split("_")[0] == wanted.split("_")[0]]
    return next(iter([*same, *alike]), None)


def _words(name: str) -> str:
    """``"AlandIslands"`` → ``"Aland Islands"``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
