"""Numbers as tables: what stands under a chart, in a download and on its own is the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_escalated.admin.reports.numbers import BEFORE, NOW, Figures
from wagtail_escalated.models import Channel, Metric
from wagtail_escalated.models.hours import Weekday

LINE, BAR = "line", "bar"
TextOrPromise = str | Promise


@dataclass(frozen=True)
class Table:
    key: str
    title: TextOrPromise
    headings: list[TextOrPromise]
    #: The first cell of each row is its name; the others are numbers, texts or ``None``.
    rows: list[list[Any]]
    #: How it is drawn, and which columns (from 1); nothing is drawn without.
    chart: str = ""
    columns: tuple[int, ...] = ()
    note: TextOrPromise = ""
    #: Where the first cell of each row leads, if anywhere.
    links: tuple[str, ...] = ()
    #: Whether the first cells are names that people gave, which nobody translates.
    has_proper_names: bool = False

    @property
    def linked_rows(self) -> list[tuple[str, list[Any]]]:
        links = self.links or ("",) * len(self.rows)
        return list(zip(links, self.rows, strict=True))

    @property
    def is_empty(self) -> bool:
        return not any(isinstance(cell, int | float) and cell for row in self.rows for cell in row)


def duration_text(length: timedelta | None) -> str:
    """``3 h 40 min``; days from two of them on."""
    if length is None:
        return "–"
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return _("%(days)d days %(hours)d h") % {"days": days, "hours": hours}


def rate(kept: int, of_all: int) -> float | None:
    """In per cent, one decimal."""
    return round(100 * kept / of_all, 1) if of_all else None


def rate_text(value: float | None) -> str:
    return "–" if value is None else f"{value} %"


AGE_NAMES = {
    "today": gettext_lazy("Less than a day"),
    "day": gettext_lazy("1 to 3 days"),
    "days": gettext_lazy("3 to 7 days"),
    "week": gettext_lazy("7 to 30 days"),
    "month": gettext_lazy("30 days and more"),
}
SPAN_NAMES = {
    "first_response": gettext_lazy("First response"),
    "resolution": gettext_lazy("Resolution"),
}


def days(figures: Figures) -> Table:
    return Table(
        "days",
        _("Arrivals and resolutions a day"),
        [_("Day"), _("Arrived"), _("Resolved")],
        [[date_format(day, "SHORT_DATE_FORMAT"), *counts] for day, counts in figures.days.items()],
        LINE,
        (1, 2),
    )


def ages(figures: Figures) -> Table:
    return Table(
        "ages",
        _("Age of the backlog"),
        [_("Age"), _("Open tickets")],
        [[str(label), figures.totals[f"age_{name}"]] for name, label in AGE_NAMES.items()],
        BAR,
        (1,),
        _("As it is now, whatever the period."),
    )


def times(figures: Figures) -> Table:
    rows = []
    for span, label in SPAN_NAMES.items():
        cells = [
            duration_text(figures.times[when, span, fraction])
            for fraction in ("median", "p90")
            for when in (NOW, BEFORE)
        ]
        rows.append([str(label), *cells])
    return Table(
        "times",
        _("First response and resolution"),
        [
            _("What"),
            _("Median"),
            _("Median before"),
            _("Nine of ten within"),
            _("Nine of ten before"),
        ],
        rows,
        note=_("By the clock on the wall, nights and weekends included."),
    )


def promises(figures: Figures) -> Table:
    rows = []
    for metric, counts in figures.promises.items():
        (kept, of_all), before = counts[NOW], counts[BEFORE]
        rows.append([str(Metric(metric).label), of_all, kept, rate(kept, of_all), rate(*before)])
    return Table(
        "promises",
        _("SLA kept"),
        [_("Promise"), _("Judged"), _("Kept"), _("Kept, %"), _("Before, %")],
        rows,
        BAR,
        (3, 4),
    )


def ratings(figures: Figures) -> Table:
    return Table(
        "ratings",
        _("Ratings"),
        [_("Rating"), _("How many")],
        [[str(score), count] for score, count in sorted(figures.ratings.items(), reverse=True)],
        BAR,
        (1,),
    )


LOAD_HEADINGS = [gettext_lazy("Open"), gettext_lazy("Arrived"), gettext_lazy("Resolved")]


def agents(figures: Figures) -> Table:
    rows = [[name or _("Nobody"), *counts] for name, counts in figures.agents.items()]
    headings = [_("Agent"), *LOAD_HEADINGS]
    return Table("agents", _("Load per agent"), headings, rows, BAR, (1, 3))


def departments(figures: Figures) -> Table:
    rows = [[name or _("None"), *counts] for name, counts in figures.departments.items()]
    headings = [_("Department"), *LOAD_HEADINGS]
    return Table("departments", _("Load per department"), headings, rows, BAR, (1, 2, 3))


def channels(figures: Figures) -> Table:
    rows = [[str(Channel(name).label), count] for name, count in figures.channels.items()]
    return Table("channels", _("Channels"), [_("Channel"), _("Arrived")], rows, BAR, (1,))


def hours(figures: Figures) -> Table:
    per_hour = [sum(figures.hours.get((day, hour), 0) for day in range(7)) for hour in range(24)]
    rows = [[f"{hour:02d}:00", count] for hour, count in enumerate(per_hour)]
    return Table("hours", _("Busiest hours"), [_("Hour"), _("Arrived")], rows, BAR, (1,))


def weekdays(figures: Figures) -> Table:
    rows = []
    for weekday in Weekday:
        arrived = sum(figures.hours.get((weekday.value, hour), 0) for hour in range(24))
        rows.append([str(weekday.label), arrived])
    return Table("weekdays", _("Busiest days"), [_("Weekday"), _("Arrived")], rows, BAR, (1,))


TABLES: dict[str, Callable[[Figures], Table]] = {
    "days": days,
    "ages": ages,
    "times": times,
    "promises": promises,
    "agents": agents,
    "departments": departments,
    "ratings": ratings,
    "channels": channels,
    "weekdays": weekdays,
    "hours": hours,
}
#: What the dashboard shows of them.
ON_DASHBOARD = ("days", "ages", "agents", "promises")


@dataclass(frozen=True)
class Tile:
    label: TextOrPromise
    value: str
    #: What it was in the days before; empty where that says nothing.
    before: str = ""
    url: str = ""


def tiles(figures: Figures, inbox: str) -> list[Tile]:
    totals, times_ = figures.totals, figures.times
    now, before = _kept(figures, NOW), _kept(figures, BEFORE)
    return [
        Tile(_("Backlog"), str(totals["backlog"]), url=f"{inbox}?open=true"),
        Tile(_("Late"), str(totals["late"]), url=f"{inbox}?open=true&sla=breached"),
        Tile(_("Unassigned"), str(totals["unassigned"]), url=f"{inbox}?open=true&assignee=nobody"),
        Tile(_("Arrived"), str(totals["arrived"]), str(totals["arrived_before"])),
        Tile(_("Resolved"), str(totals["resolved"]), str(totals["resolved_before"])),
        Tile(
            _("First response, median"),
            duration_text(times_[NOW, "first_response", "median"]),
            duration_text(times_[BEFORE, "first_response", "median"]),
        ),
        Tile(
            _("Resolution, median"),
            duration_text(times_[NOW, "resolution", "median"]),
            duration_text(times_[BEFORE, "resolution", "median"]),
        ),
        Tile(_("SLA kept"), rate_text(now), rate_text(before)),
        Tile(
            _("Rating"),
            _mean_text(figures.rating_mean[NOW]),
            _mean_text(figures.rating_mean[BEFORE]),
        ),
    ]


def _kept(figures: Figures, when: str) -> float | None:
    counts = [one[when] for one in figures.promises.values()]
    return rate(sum(kept for kept, _all in counts), sum(of_all for _kept, of_all in counts))


def _mean_text(mean: float | None) -> str:
    return "–" if mean is None else f"{mean:.1f}"
