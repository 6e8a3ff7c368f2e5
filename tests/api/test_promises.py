"""What was promised: how a ticket's deadlines were counted, a policy of its own, and the reports."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_department, make_reader
from tests.sla.promises import add_target, at, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actions.sla_checks import check_breaches
from wagtail_escalated.models import Priority, SLAPolicy
from wagtail_escalated.report_tables import DIMENSIONS

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def promised(sales, agent, ann):
    """An answer within two hours of the office, a solution within eight; an hour of waiting for the customer."""
    make_policy("Gold", business_hours=make_hours("Office", time_zone="UTC"))
    ticket = make_ticket(at(10), department=sales, requester=ann, actor=ann)
    messages.add_note(ticket, body="Words-of-a-note", actor=agent.user, now=at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent.user, now=at(11))
    messages.reply(ticket, body="There.", actor=ann, now=at(12))
    return ticket


def test_how_a_deadline_was_counted_is_told_line_by_line(api, agent, promised):
    tickets.set_status(promised, "resolved", actor=agent.user, now=at(10, day=1))
    answer = api(agent).get(f"tickets/{promised.reference}/sla/")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["policy"] is None
    clock = next(clock for clock in told["clocks"] if clock["metric"] == "resolution")
    assert (clock["policy"], clock["hours"], clock["time_zone"]) == ("Gold", "Office", "UTC")
    assert (clock["target_seconds"], clock["state"]) == (8 * 3600, "kept")
    assert [(line["kind"], line["why"], line["counted_seconds"]) for line in clock["lines"]] == [
        ("counted", "", 3600),
        ("paused", "waiting_on_customer", 0),
        ("counted", "", 5 * 3600),
        ("counted", "", 3600),
    ]
    assert clock["lines"][-1]["total_seconds"] == clock["used_seconds"] == 7 * 3600
    assert "note" not in json.dumps(told)


def test_it_is_told_to_the_desk_alone(api, ann, sales, manager, strangers, promised):
    path = f"tickets/{promised.reference}/sla/"
    reader = make_reader(departments=(sales,)).user
    assert [api(one).get(path).status_code for one in (reader, manager)] == [200, 200]
    assert api().get(path).status_code == 401
    assert api(ann).get(path).status_code == 403
    for who, user in strangers.items():
        assert api(user).get(path).status_code in (403, 404), who


def test_more_promises_take_no_more_queries(api, agent, ann, promised):
    program, path = api(agent), f"tickets/{promised.reference}/sla/"
    program.get(path)
    with CaptureQueriesContext(connection) as few:
        assert len(program.get(path).json()["clocks"]) == 2
    ask_and_answer(promised, ann, agent)
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path).json()["clocks"]) > 4
    assert len(many) == len(few)


def ask_and_answer(ticket, ann, agent):
    """Each answer of the customer is promised another one."""
    for priority in Priority:
        add_target(SLAPolicy.objects.get(name="Gold"), "next_response", priority, 60)
    for minute in range(4):
        messages.reply(ticket, body="So.", actor=agent.user, now=at(9, minute, day=1))
        messages.reply(ticket, body="So?", actor=ann, now=at(9, minute, day=1, second=30))


def test_a_manager_gives_a_ticket_a_policy_of_its_own_and_takes_it_back(
    api, agent, manager, ticket
):
    policy = make_policy("Platinum", targets={"resolution": 60}, default=False)
    path = f"tickets/{ticket.reference}/"
    sent = {"policy": policy.pk}
    assert api(agent).post(f"{path}sla-policy/", sent).status_code == 403
    answer = api(manager).post(f"{path}sla-policy/", sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["sla"]["due_at"]
    told = api(agent).get(f"{path}sla/").json()
    assert (told["policy"], told["clocks"][0]["policy"]) == (policy.pk, "Platinum")
    stale = api(manager).post(f"{path}sla-policy/", {"policy": None}, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    assert api(manager).post(f"{path}sla-policy/", {"policy": None}).json()["sla"] is None
    wrong = api(manager).post(f"{path}sla-policy/", {"policy": 999_999})
    assert (wrong.status_code, list(wrong.json())) == (400, ["policy"])


def test_the_promises_kept_and_missed_are_the_tables_of_the_report(api, agent, manager, promised):
    check_breaches(at(12, day=7))
    days = {"from": "2026-04-01", "to": "2026-04-30"}
    program = api(manager)
    for key in ("sla-rates", "sla-kept", "sla-reasons", "sla-missed"):
        assert f"/support/api/v1/reports/tables/{key}/" in program.get("reports/").json()["tables"]
        assert api(agent).get(f"reports/tables/{key}/", days).status_code == 403
    for by in DIMENSIONS:
        table = program.get("reports/tables/sla-kept/", days | {"by": by}).json()
        assert table["rows"], by
    missed = program.get("reports/tables/sla-missed/", days).json()["rows"]
    assert promised.reference in json.dumps(missed)
    elsewhere = {"department": make_department("Elsewhere").pk}
    assert program.get("reports/tables/sla-missed/", days | elsewhere).json()["rows"] == []
    wrong = program.get("reports/tables/sla-kept/", {"by": "moon"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["by"])
