"""Changed promises and hours: what they would have meant, which deadlines they would move, and moving them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.sla.promises import add_target, at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated import tasks
from wagtail_escalated.actions import sla, tickets
from wagtail_escalated.models import (
    BusinessHours,
    Department,
    Holiday,
    Priority,
    SLAClock,
    SLAPolicy,
    SLAReplay,
    SLATarget,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
MEDIUM = {"priority": "medium", "metric": "resolution", "business_time": False}


@pytest.fixture
def policy(manager):
    """Four tickets of last week, resolved after one to four hours; three hours were promised."""
    policy = make_policy("Ours", targets={"resolution": 180}, default=False)
    department = factories.make_department("Repairs", sla_policy=policy)
    began = timezone.now() - timedelta(days=7)
    for hours in (1, 2, 3, 4):
        ticket = make_ticket(began, department=department)
        tickets.set_status(ticket, "resolved", actor=manager, now=began + timedelta(hours=hours))
    sla.check_breaches(began + timedelta(days=1))
    return policy


def lines(program, answer):
    assert answer.status_code == 202, answer.text
    told = program.get(f"sla-replays/{answer.json()['id']}/").json()
    assert told["finished_at"] and told["done"] == told["total"]
    return [
        (line["department"], line["priority"], line["metric"])
        + tuple(line[name] for name in ("kept", "missed", "would_keep", "would_miss"))
        for line in told["lines"]
    ]


def test_a_policy_as_edited_is_replayed_and_nothing_of_it_is_saved(api, manager, policy):
    program, path = api(manager), f"sla-policies/{policy.pk}/what-if/"
    before = list(SLAClock.objects.order_by("pk").values())
    line = ("Repairs", "medium", "resolution")
    assert lines(program, program.post(path)) == [(*line, 3, 1, 3, 1)]
    two_hours = program.post(path, {"targets": [MEDIUM | {"minutes": 120}]})
    assert lines(program, two_hours) == [(*line, 3, 1, 2, 2)]
    [example] = program.get(f"sla-replays/{two_hours.json()['id']}/").json()["examples"]
    assert example["metric"] == "resolution"
    assert lines(program, program.post(path, {"targets": []})) == [(*line, 3, 1, 0, 0)]
    elsewhere = program.post(path, {"for_types": ["incident"], "active": True})
    assert lines(program, elsewhere) == [(*line, 3, 1, 3, 1)], "its departments' still"
    assert list(SLAClock.objects.order_by("pk").values()) == before
    assert set(SLATarget.objects.values_list("minutes", flat=True)) == {180}
    assert SLAPolicy.objects.get(pk=policy.pk).for_types == []


def test_a_policy_that_is_not_saved_is_replayed(api, manager, policy):
    new = {
        "name": "Better",
        "for_departments": [Department.objects.get(sla_policy=policy).pk],
        "targets": [MEDIUM | {"minutes": 60}],
    }
    program = api(manager)
    found = lines(program, program.post("sla-policies/what-if/", new))
    assert found == [("Repairs", "medium", "resolution", 3, 1, 1, 3)]
    assert not SLAPolicy.objects.filter(name="Better").exists()
    wrong = program.post("sla-policies/what-if/", new | {"name": ""})
    assert (wrong.status_code, list(wrong.json())) == (400, ["name"])


def test_hours_as_edited_are_replayed_and_nothing_of_them_is_saved(api, manager):
    hours = make_hours("Ours", always_open=True, time_zone="UTC")
    policy = make_policy("P", targets={"resolution": 60}, business_hours=hours, default=False)
    department = factories.make_department("Repairs", sla_policy=policy)
    began = timezone.now() - timedelta(days=7)
    ticket = make_ticket(began, department=department)
    tickets.set_status(ticket, "resolved", actor=manager, now=began + timedelta(hours=2))
    sla.check_breaches(began + timedelta(days=1))
    program, path = api(manager), f"business-hours/{hours.pk}/what-if/"
    line = ("Repairs", "medium", "resolution")
    assert lines(program, program.post(path, {})) == [(*line, 0, 1, 0, 1)]
    later = (began + timedelta(days=3)).weekday()
    opened = {"weekday": later, "start": "09:00", "end": "17:00"}
    off = {"name": "Off", "date": "2026-01-01"}
    other = {"always_open": False, "shifts": [opened], "holidays": [off]}
    assert lines(program, program.post(path, other)) == [(*line, 0, 1, 1, 0)]
    kept = BusinessHours.objects.get(pk=hours.pk)
    assert (kept.always_open, kept.shifts.count(), kept.holidays.count()) == (True, 5, 0)


def test_a_replay_whose_task_was_lost_is_set_going_by_who_looks(api, manager, policy, monkeypatch):
    with monkeypatch.context() as lost:
        lost.setattr(tasks, "enqueue", lambda *_task: None)
        pk = api(manager).post(f"sla-policies/{policy.pk}/what-if/", {}).json()["id"]
    SLAReplay.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    assert api(manager).get(f"sla-replays/{pk}/").json()["finished_at"] is None
    assert api(manager).get(f"sla-replays/{pk}/").json()["finished_at"]


def test_what_would_move_is_told_and_moved_when_somebody_says_so(api, manager):
    hours = make_hours("Ours", time_zone="UTC")
    policy = make_policy("Ours", targets={"resolution": 240}, business_hours=hours, default=False)
    department = factories.make_department(sla_policy=policy)
    ticket, done = (make_ticket(at(15), department=department) for _ in range(2))
    tickets.set_status(done, "resolved", actor=manager, now=at(16))
    program = api(manager)
    path = f"business-hours/{hours.pk}/recompute/"
    assert program.get(path).json()["results"] == []
    Holiday.objects.create(hours=hours, name="Off", date=date(2026, 4, 14))
    BusinessHours.objects.filter(pk=hours.pk).update(current=None)
    [told] = program.get(path).json()["results"]
    assert told["ticket"] == ticket.reference
    [move] = told["moves"]
    assert (move["metric"], move["missed_at_once"]) == ("resolution", True)
    assert (move["before"], move["after"]) == ("2026-04-14T11:00:00Z", "2026-04-15T11:00:00Z")
    assert clock(ticket).due_at == at(11, day=1)
    assert program.post(path).status_code == 202
    assert clock(ticket).due_at == at(11, day=2)
    assert program.get(path).json()["results"] == []
    for priority in Priority:
        add_target(policy, "resolution", priority, 300)
    path = f"sla-policies/{policy.pk}/recompute/"
    assert [len(row["moves"]) for row in program.get(path).json()["results"]] == [1]
    program.post(path)
    assert clock(ticket).due_at == at(12, day=2)


def test_it_is_for_managers_who_may_manage(api, agent, manager, ann, policy, strangers):
    hours = make_hours()
    replay = api(manager).post(f"sla-policies/{policy.pk}/what-if/", {}).json()["id"]
    asks = ["sla-policies/what-if/", f"business-hours/{hours.pk}/what-if/"]
    asks += [f"sla-policies/{policy.pk}/{name}/" for name in ("what-if", "recompute")]
    reads = [f"sla-policies/{policy.pk}/recompute/", f"sla-replays/{replay}/"]
    for user in (agent, ann, factories.make_reader(), *strangers.values()):
        assert {api(user).post(path, {}).status_code for path in asks} == {403}
        assert {api(user).get(path).status_code for path in reads} == {403}
    assert {api().post(path, {}).status_code for path in asks} == {401}
    writer = api(manager, scopes=["read", "write"])
    assert {writer.post(path, {}).status_code for path in asks} == {403}
    assert SLAReplay.objects.count() == 1


def test_a_preview_asks_once_for_what_tickets_have_in_common(api, manager):
    policy = make_policy("Ours", targets={"resolution": 240}, default=False)
    department = factories.make_department(sla_policy=policy)

    def asked(of_tickets):
        with CaptureQueriesContext(connection) as captured:
            rows = api(manager).get(f"sla-policies/{policy.pk}/recompute/").json()["results"]
        assert len(rows) == of_tickets
        return len(captured)

    make_ticket(department=department)
    asked(1)
    few = asked(1)
    for _number in range(9):
        make_ticket(department=department)
    # Each ticket's own clocks and tags, and nothing else.
    assert asked(10) - few <= 9 * 2


def test_public_holidays_are_looked_at_and_taken_over(api, manager):
    program, hours, year = api(manager), make_hours(), timezone.localdate().year
    countries = {
        row["code"]: row["name"] for row in program.get("public-holidays/").json()["results"]
    }
    assert countries["DE"] == "Germany"
    told = program.get("public-holidays/DE/", {"region": "BY", "years": 1}).json()
    assert {"code": "BY", "name": "Bayern"} in told["regions"]
    epiphany, new_year = f"{year}-01-06", f"{year}-01-01"
    assert {epiphany, new_year} <= {row["date"] for row in told["holidays"]}
    path, sent = f"business-hours/{hours.pk}/public-holidays/", {"country": "DE", "years": 1}
    assert program.post(path, sent | {"dates": [new_year]}).json() == {"added": 1}
    whole = len(program.get("public-holidays/DE/", {"years": 1}).json()["holidays"])
    assert program.post(path, sent).json() == {"added": whole - 1}
    assert program.post(path, sent).json() == {"added": 0}
    assert hours.holidays.count() == whole
    assert program.get("public-holidays/XX/").status_code == 404
    for wrong, field in (({"country": "XX"}, "country"), (sent | {"region": "XX"}, "region")):
        answer = program.post(path, wrong)
        assert (answer.status_code, list(answer.json())) == (400, [field])


def test_public_holidays_are_the_managers(api, agent, ann, manager):
    hours = make_hours()
    path = f"business-hours/{hours.pk}/public-holidays/"
    for user in (agent, ann, factories.make_reader()):
        assert api(user).get("public-holidays/DE/").status_code == 403
        assert api(user).post(path, {"country": "DE"}).status_code == 403
    assert api(manager, scopes=["read"]).post(path, {"country": "DE"}).status_code == 403
    assert not hours.holidays.exists()
