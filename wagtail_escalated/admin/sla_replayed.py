"""What a replay found, as a manager reads it: a line for each promise, a sum for each department and for all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from wagtail_escalated.actions import sla_what_if
from wagtail_escalated.actions.sla_what_if import PolicyTerms, Tally
from wagtail_escalated.admin.durations import text_from
from wagtail_escalated.admin.sla_targets import HIGHEST_FIRST
from wagtail_escalated.models import Metric, Priority, SLAReplay


@dataclass(frozen=True, slots=True)
class Row:
    """Counts and rates in whole per cent; ``None`` where nothing was decided."""

    priority: str
    promise: str
    tally: Tally

    @property
    def was(self) -> int | None:
        return _rate(self.tally.kept, self.tally.missed)

    @property
    def would_be(self) -> int | None:
        return _rate(self.tally.would_keep, self.tally.would_miss)

    @property
    def change(self) -> int:
        """In points of a hundred; positive is better."""
        if self.was is None or self.would_be is None:
            return 0
        return self.would_be - self.was

    @property
    def signed(self) -> str:
        return f"{self.change:+d}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: list[Row]
    together: Row


@dataclass(frozen=True, slots=True)
class Report:
    groups: list[Group]
    together: Row


def report_of(replay: SLAReplay) -> Report:
    """The highest priority of each department first."""
    found = sla_what_if.tallies_of(replay)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[0][1], item[0][2]))
    groups = [
        _group(name, [(line[1], line[2], tally) for line, tally in lines])
        for name, lines in groupby(ordered, key=lambda item: item[0][0])
    ]
    return Report(groups, _sum([group.together for group in groups]))


def _group(name: str, lines: list[tuple[int, str, Tally]]) -> Group:
    rows = [
        Row(str(Priority(priority).label), str(Metric(metric).label), tally)
        for priority, metric, tally in lines
    ]
    return Group(name, rows, _sum(rows))


def _sum(rows: list[Row]) -> Row:
    return Row("", "", sum((row.tally for row in rows), Tally()))


def _rate(kept: int, missed: int) -> int | None:
    return round(100 * kept / (kept + missed)) if kept + missed else None


def promises_of(terms: PolicyTerms) -> list[tuple[str, list[tuple[str, bool]]]]:
    """For each priority, highest first, what each metric promises and whether in business hours."""
    targets = {(row[0], row[1]): (text_from(row[2]), row[3]) for row in terms.targets}
    return [
        (
            str(priority.label),
            [targets.get((priority.value, metric.value), ("", False)) for metric in Metric],
        )
        for priority in HIGHEST_FIRST
    ]
