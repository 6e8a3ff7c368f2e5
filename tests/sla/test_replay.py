"""The pause algebra against a replay of the history: whatever agents and customers do, the clock counts the
time in which the ticket was open, awake and not waiting on the customer, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.sla.promises import at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import messages, sla, tickets
from wagtail_escalated.actions.sla_clocks import counted
from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.hours import due, elapsed
from wagtail_escalated.models import Status

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(
        st.integers(0, 30 * 60),
        st.sampled_from(
            [
                *Status.values,
                "snooze",
                "unsnooze",
                "agent replies",
                "customer replies",
                "high",
                "low",
                "check",
            ]
        ),
    ),
    min_size=1,
    max_size=9,
)


def do(what, ticket, agent, now):
    """One step, if the ticket allows it."""
    try:
        match what:
            case "snooze":
                tickets.snooze(ticket, now + timedelta(days=900), actor=agent, now=now)
            case "unsnooze":
                tickets.unsnooze(ticket, actor=agent, now=now)
            case "agent replies":
                messages.reply(ticket, body="Yes.", actor=agent, now=now)
            case "customer replies":
                messages.reply(ticket, body="No.", actor=ticket.requester, now=now)
            case "high" | "low":
                tickets.set_priority(ticket, what, actor=agent, now=now)
            case "check":
                sla.check_breaches(now)
                ticket.refresh_from_db()
            case status:
                tickets.set_status(ticket, status, actor=agent, now=now)
    except EscalatedError:
        pass


MOVES = ["status", "snoozed", "woken", "undone", "unmerged"]


def replay(ticket, until):
    """``(begin, end)`` in which the resolution counted, told by the history alone."""
    status, snoozed, since = "open", False, ticket.created_at
    for event in ticket.events.filter(kind__in=MOVES).order_by("pk"):
        if counts(status, snoozed):
            yield since, event.created_at
        since = event.created_at
        if event.kind in ("snoozed", "woken"):
            snoozed = event.kind == "snoozed"
        elif "after" in event.data:
            status = event.data["after"]
            snoozed = snoozed and Status(status).is_open
        if "snoozed_until" in event.data:
            snoozed = bool(event.data["snoozed_until"])
    if counts(status, snoozed):
        yield since, until


def counts(status, snoozed):
    return Status(status).is_open and status != "waiting_on_customer" and not snoozed


@pytest.fixture
def desk():
    make_policy(targets={"resolution": 16 * 60}, business_hours=make_hours())
    return factories.make_manager()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_the_clock_counts_what_the_history_tells(desk, steps):
    agent, now = desk, at(10)
    ticket = make_ticket(now)
    for minutes, what in steps:
        now += timedelta(minutes=minutes)
        do(what, ticket, agent, now)
    ticket.refresh_from_db()
    row, end = clock(ticket), now + timedelta(days=1)
    calendar, ran = calendar_of(row.calendar), list(replay(ticket, end))
    assert counted(row, now=end) == sum((elapsed(calendar, *span) for span in ran), timedelta())
    if row.met_at is None and not row.is_paused:
        before = sum((elapsed(calendar, *span) for span in ran[:-1]), timedelta())
        if before < row.target:
            assert row.due_at == due(calendar, ran[-1][0], row.target - before)
    assert ticket.sla_paused == (ticket.is_open and row.is_paused)
    assert bool(row.met_at) == (not ticket.is_open)
