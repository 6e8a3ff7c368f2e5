"""One action on many tickets, asked for by a program and done by the worker."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_agent, make_department, make_reader, make_ticket
from tests.rules.made import macro
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import BulkRun, SavedView, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.fixture
def low(sales):
    return [make_ticket(department=sales, priority="low") for _number in range(4)]


def statuses():
    return sorted(Ticket.objects.values_list("status", flat=True))


def test_tickets_by_reference_are_changed_and_those_that_cannot_be_are_named(api, agent, low):
    tickets.set_status(low[0], "closed", actor=agent.user)
    program = api(agent)
    references = [ticket.reference for ticket in low[:3]]
    sent = {"action": "status", "status": "in_progress", "tickets": [*references, references[1]]}
    begun = program.post("bulk-runs/", sent)
    assert begun.status_code == 202, begun.text
    assert (begun.json()["action"], begun.json()["value"]) == ("status", "in_progress")
    told = program.get(f"bulk-runs/{begun.json()['id']}/").json()
    counts = [told[name] for name in ("total", "waiting", "done", "failed")]
    assert counts == [3, 0, 2, 1]
    assert told["finished_at"]
    [failure] = told["failures"]
    assert failure["ticket"] == low[0].reference
    assert "cannot go from" in failure["reason"]
    assert statuses() == ["closed", "in_progress", "in_progress", "open"]
    assert [row["id"] for row in program.get("bulk-runs/").json()["results"]] == [told["id"]]


def test_one_undo_gives_back_what_nobody_has_built_upon(api, agent, low):
    program = api(agent)
    sent = {"action": "assign", "agent": agent.pk, "filters": {"priority": ["low"]}}
    run = program.post("bulk-runs/", sent).json()["id"]
    assert Ticket.objects.filter(assignee=agent).count() == 4
    tickets.set_priority(Ticket.objects.get(pk=low[1].pk), "urgent", actor=agent.user)
    assert program.get(f"bulk-runs/{run}/").json()["can_undo"] is True
    undo = program.post(f"bulk-runs/{run}/undo/")
    assert (undo.status_code, undo.json()["action"], undo.json()["undoes"]) == (202, "undo", run)
    told = program.get(f"bulk-runs/{undo.json()['id']}/").json()
    assert (told["done"], told["failed"], told["can_undo"]) == (3, 1, False)
    assert list(Ticket.objects.filter(assignee=agent)) == [low[1]]
    again = program.post(f"bulk-runs/{run}/undo/")
    assert (again.status_code, again.json()["code"]) == (409, "undo_expired")


def test_each_thing_that_can_be_done_is_done(api, manager, sales, low):
    elsewhere, rule = make_department("Elsewhere"), macro(("priority", "critical"))
    program = api(manager)
    reference = low[0].reference
    for action, sent, column, value in (
        ("priority", {"priority": "urgent"}, "priority_name", "urgent"),
        ("department", {"department": elsewhere.pk}, "department", elsewhere),
        ("department", {"department": None}, "department", None),
        ("tag", {"tags": ["a, b", "c"]}, None, None),
        ("macro", {"macro": rule.pk}, "priority_name", "critical"),
        ("spam", {"spam": True}, "is_spam", True),
        ("spam", {"spam": False}, "is_spam", False),
        ("assign", {"agent": None}, "assignee", None),
        ("status", {"status": "reopened"}, "status", "reopened"),
        ("snooze", {"until": "2099-01-01T09:00:00+02:00"}, None, None),
    ):
        asked = {"action": action, "tickets": [reference.lower()]} | sent
        begun = program.post("bulk-runs/", asked)
        assert begun.status_code == 202, begun.text
        run = program.get(f"bulk-runs/{begun.json()['id']}/").json()
        assert (run["done"], run["failures"]) == (1, []), action
        if column:
            assert getattr(Ticket.objects.get(reference=reference), column) == value
    ticket = Ticket.objects.get(reference=reference)
    assert {tag.name for tag in ticket.tags.all()} == {"a, b", "c"}
    assert ticket.snoozed_until.isoformat() == "2099-01-01T07:00:00+00:00"
    assert program.post("bulk-runs/", {"action": "delete", "tickets": [reference]}).json()
    assert not Ticket.objects.filter(reference=reference).exists()


def test_a_view_of_ones_own_or_a_shared_one_says_which(api, agent, low):
    mine = SavedView.objects.create(name="Low", owner=agent.user, filters={"priority": ["low"]})
    other = make_agent("other")
    private = SavedView.objects.create(name="Low", owner=other.user, filters={})
    program = api(agent)
    make_ticket(department=low[0].department)
    begun = program.post("bulk-runs/", {"action": "spam", "spam": True, "view": mine.pk})
    assert begun.json()["total"] == 4
    assert Ticket.objects.filter(is_spam=True).count() == 4
    assert BulkRun.objects.get().query == "priority=low"
    refused = program.post("bulk-runs/", {"action": "spam", "spam": True, "view": private.pk})
    assert (refused.status_code, list(refused.json())) == (400, ["view"])


def test_nobody_reaches_more_than_their_own_tickets_and_runs(api, agent, ann, low, sales, manager):
    foreign = make_agent("foreign", departments=(make_department("Elsewhere"),))
    sent = {"action": "status", "status": "closed"}
    one = {"tickets": [low[0].reference]}
    wrong = api(foreign).post("bulk-runs/", sent | one)
    assert (wrong.status_code, list(wrong.json())) == (400, ["tickets"])
    none = api(foreign).post("bulk-runs/", sent | {"filters": {}})
    assert (none.status_code, list(none.json())) == (400, ["filters"])
    assert api().post("bulk-runs/", sent | one).status_code == 401
    reader = make_reader(departments=(sales,)).user
    for user in (ann, reader):
        assert api(user).post("bulk-runs/", sent | one).status_code == 403
    assert api(agent, scopes=["read"]).post("bulk-runs/", sent | one).status_code == 403
    assert api(agent).post("bulk-runs/", {"action": "delete"} | one).status_code == 403
    assert set(statuses()) == {"open"}
    run = api(agent).post("bulk-runs/", sent | one).json()["id"]
    for user in (foreign, manager):
        assert api(user).get(f"bulk-runs/{run}/").status_code == 404
        assert api(user).post(f"bulk-runs/{run}/undo/").status_code == 404
        assert api(user).get("bulk-runs/").json()["results"] == []


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"action": "status", "status": "closed"}, "tickets"),
        ({"action": "status", "status": "closed", "tickets": ["x"], "filters": {}}, "tickets"),
        ({"action": "status", "tickets": ["x"]}, "status"),
        ({"action": "status", "status": "closed", "tickets": ["ESC-1"]}, "tickets"),
        ({"action": "status", "status": "closed", "tickets": []}, "tickets"),
        ({"action": "fly", "tickets": ["x"]}, "action"),
        ({"action": "macro", "macro": 999, "filters": {}}, "macro"),
        ({"action": "assign", "agent": 999, "filters": {}}, "agent"),
        ({"action": "spam", "spam": True, "filters": {"moon": "full"}}, "filters"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(api, agent, low, sent, field):
    answer = api(agent).post("bulk-runs/", sent)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not BulkRun.objects.exists()


def test_more_than_a_run_may_hold_is_refused(api, agent, low, monkeypatch):
    from wagtail_escalated.actions import bulk_runs

    monkeypatch.setattr(bulk_runs, "MOST", 3)
    answer = api(agent).post("bulk-runs/", {"action": "spam", "spam": True, "filters": {}})
    assert (answer.status_code, list(answer.json())) == (400, ["filters"])


def test_what_is_sent_twice_with_a_key_is_done_once(api, agent, low):
    sent = {"action": "tag", "tags": ["a"], "filters": {}}
    key = {"Idempotency-Key": "once"}
    program = api(agent)
    first, again = (program.post("bulk-runs/", sent, headers=key) for _time in range(2))
    assert (first.status_code, again.json()) == (202, first.json())
    assert BulkRun.objects.count() == 1


def test_the_list_takes_as_many_queries_with_many_runs_as_with_one(api, agent, low):
    program = api(agent)
    sent = {"action": "priority", "priority": "high", "tickets": [low[0].reference]}
    program.post("bulk-runs/", sent)
    program.get("bulk-runs/")
    with CaptureQueriesContext(connection) as few:
        assert len(program.get("bulk-runs/").json()["results"]) == 1
    for _number in range(4):
        program.post("bulk-runs/", sent)
    with CaptureQueriesContext(connection) as many:
        assert len(program.get("bulk-runs/").json()["results"]) == 5
    assert len(many) == len(few)
