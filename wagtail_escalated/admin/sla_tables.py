"""The ledgers of a ticket's deadlines, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_escalated.actions.sla_clocks import DONE, SNOOZED
from wagtail_escalated.actions.sla_ledger import COUNTED, PAUSED, Ledger, Line, ledgers_of
from wagtail_escalated.models import Status, Ticket

STATES = {
    "kept": gettext_lazy("Kept"),
    "kept_late": gettext_lazy("Done late"),
    "missed": gettext_lazy("Missed"),
    "paused": gettext_lazy("Paused"),
    "running": gettext_lazy("Running"),
}
PAUSES = {
    SNOOZED: gettext_lazy("Paused: put aside for later"),
    DONE: gettext_lazy("Paused: the request was solved"),
}


@dataclass(frozen=True, slots=True)
class Row:
    begin: datetime
    end: datetime | None
    text: str
    counts: str
    total: str
    is_counted: bool
    is_ahead: bool
    is_day: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A ledger in words."""

    ledger: Ledger
    state: str
    target: str
    used: str
    left: str
    late_by: str
    rows: list[Row]


def tables_of(ticket: Ticket, *, now: datetime) -> list[Table]:
    return [_table(ledger) for ledger in ledgers_of(ticket, now=now)]


def _table(ledger: Ledger) -> Table:
    # Whole seconds, so that what is used and what is left add up to the target on paper, too.
    used = timedelta(seconds=int(ledger.used.total_seconds()))
    left = ledger.target - used
    return Table(
        ledger=ledger,
        state=str(STATES[ledger.state]),
        target=exact_span(ledger.target),
        used=exact_span(used),
        left=exact_span(left) if left >= timedelta() else "",
        late_by=exact_span(-left) if left < timedelta() else "",
        rows=[_row(line) for line in ledger.lines],
    )


def _row(line: Line) -> Row:
    counted = line.kind == COUNTED
    return Row(
        begin=line.begin,
        end=line.end,
        text=_text(line),
        counts=exact_span(line.counts) if counted else "",
        total=exact_span(line.total) if counted else "",
        is_counted=counted,
        is_ahead=line.ahead,
        is_day=line.kind not in (COUNTED, PAUSED),
    )


def _text(line: Line) -> str:
    if line.kind == COUNTED:
        return _("Will count") if line.ahead else _("Counted")
    if line.kind == PAUSED:
        known = PAUSES.get(line.why)
        status = Status(line.why).public_label if known is None else ""
        return str(known or _("Paused: %(status)s") % {"status": status})
    return _("Special day: %(name)s") % {"name": line.why}


def exact_span(span: timedelta) -> str:
    """``1 h 05 min``, and seconds where there are any."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    text = _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return text + (_(" %(seconds)02d s") % {"seconds": seconds} if seconds else "")
