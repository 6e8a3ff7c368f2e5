"""The deadline explains itself: to an agent beside the ticket, on paper, and to programs."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.sla.promises import HOUR, at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import messages, sla, tickets
from wagtail_escalated.actions.sla_clocks import counted
from wagtail_escalated.actions.sla_ledger import explain
from wagtail_escalated.models import Holiday, SLAClock

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return factories.make_manager()


def lines(ledger):
    return [
        (line.kind, line.why, line.begin, line.end, line.counts)
        for line in ledger.lines
        if line.kind != "special_day"
    ]


def test_the_counted_intervals_add_up_to_the_target_at_the_deadline():
    make_policy(targets={"resolution": 480}, business_hours=make_hours())
    ticket = make_ticket(at(15))
    ledger = explain(clock(ticket), now=at(16))
    assert lines(ledger) == [
        ("counted", "", at(15), at(16), HOUR),
        ("counted", "", at(16), at(17), HOUR),
        ("counted", "", at(9, day=1), at(15, day=1), 6 * HOUR),
    ]
    assert [line.ahead for line in ledger.lines] == [False, True, True]
    assert ledger.lines[-1].total == ledger.target
    assert (ledger.state, ledger.used, ledger.left) == ("running", HOUR, 7 * HOUR)


def test_pauses_and_holidays_are_named(agent):
    hours = make_hours()
    Holiday.objects.create(hours=hours, name="Founders' day", date=date(2026, 4, 14))
    make_policy(targets={"resolution": 240}, business_hours=hours)
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(16))
    ledger = explain(clock(ticket), now=at(16, 30))
    assert [(line.kind, line.why) for line in ledger.lines] == [
        ("counted", ""),
        ("paused", "waiting_on_customer"),
        ("counted", ""),
        ("counted", ""),
        ("special_day", "Founders' day"),
        ("counted", ""),
    ]
    assert ledger.due_at == ledger.lines[-1].end == at(11, day=2)


def test_what_was_missed_counts_on_until_now(agent):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    sla.check_breaches(at(12))
    ledger = explain(clock(ticket), now=at(13))
    assert (ledger.state, ledger.left) == ("missed", -2 * HOUR)
    tickets.set_status(ticket, "resolved", actor=agent, now=at(14))
    assert explain(clock(ticket), now=at(20)).state == "kept_late"
    assert explain(clock(ticket), now=at(20)).left == -3 * HOUR


def test_an_agent_sees_it_beside_the_ticket(client, agent):
    make_policy(targets={"resolution": 60, "first_response": 30}, business_hours=make_hours())
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(10, 20))
    client.force_login(agent)
    url = reverse("wagtail_escalated_admin:ticket_sla_part", args=[ticket.reference])
    page = client.get(url).content.decode()
    assert "Resolution: Paused" in page
    assert "1 h 00 min within “Office”, times in UTC" in page
    assert "Paused: Waiting for your answer" in page
    assert "0 h 40 min" in page


def test_it_can_be_printed_and_read_by_programs(client, agent):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    messages.reply(ticket, body="Done.", actor=agent, status="resolved", now=at(10, 25))
    client.force_login(agent)
    url = reverse("wagtail_escalated_admin:ticket_sla", args=[ticket.reference])
    assert "Resolution: Kept" in client.get(url).content.decode()
    (kept,) = client.get(url, {"format": "json"}).json()["clocks"]
    assert (kept["state"], kept["used_seconds"], kept["left_seconds"]) == ("kept", 1500, 2100)
    assert kept["lines"] == [
        {
            "from": at(10).isoformat(),
            "to": at(10, 25).isoformat(),
            "kind": "counted",
            "why": "",
            "counted_seconds": 1500.0,
            "total_seconds": 1500.0,
            "ahead": False,
        }
    ]


def test_a_stranger_finds_no_explanation(client):
    make_policy()
    ticket = make_ticket(department=factories.make_department())
    url = reverse("wagtail_escalated_admin:ticket_sla", args=[ticket.reference])
    assert client.get(url).status_code == 302
    client.force_login(factories.make_agent(departments=(factories.make_department(),)).user)
    assert client.get(url).status_code == 404


MOMENTS = st.lists(st.integers(0, 5 * 24 * 60), min_size=1, max_size=10, unique=True).map(sorted)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MOMENTS, st.integers(1, 40 * 60), st.booleans())
def test_the_ledger_and_the_clock_never_disagree(moments, minutes, is_met):
    """Pauses at any moments: the lines add up to what the clock counts, and end where it says."""
    start = datetime(2026, 4, 10, tzinfo=UTC)
    instants = [(start + timedelta(minutes=m)).isoformat() for m in moments]
    pauses = [[a, b, "snoozed"] for a, b in zip(instants[::2], instants[1::2], strict=False)]
    if len(instants) % 2 and not is_met:
        pauses.append([instants[-1], None, "snoozed"])
    row = SLAClock(
        metric="resolution", target=timedelta(minutes=minutes), started_at=start, pauses=pauses
    )
    row.calendar = office_of_the_test()
    now = start + timedelta(days=6)
    row.met_at = now if is_met else None
    from wagtail_escalated.actions.sla_clocks import set_deadline

    set_deadline(row)
    ledger = explain(row, now=now)
    assert ledger.used == counted(row, now=now)
    counts = [line for line in ledger.lines if line.kind == "counted"]
    assert sum((line.counts for line in counts if not line.ahead), timedelta()) == ledger.used
    assert all(a.end <= b.begin for a, b in zip(counts, counts[1:], strict=False))
    if row.due_at:
        used = sum((line.counts for line in counts if line.end <= row.due_at), timedelta())
        rest = [line for line in counts if line.begin < row.due_at < line.end]
        assert used + sum((row.due_at - line.begin for line in rest), timedelta()) == row.target


def office_of_the_test():
    from wagtail_escalated.models import CalendarVersion

    shifts = [[day, time(9).isoformat(), time(17).isoformat()] for day in range(5)]
    rules = {"time_zone": "Europe/Berlin", "shifts": shifts, "special_days": []}
    return CalendarVersion(rules=rules)
