"""One action on more tickets than a request should wait for, from the inbox, by the worker."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.actions.test_queries import BESIDE
from tests.rules.made import all_of, macro
from wagtail_escalated import tasks
from wagtail_escalated.actions import bulk_runs, tickets
from wagtail_escalated.admin.inbox import bulk, bulk_run
from wagtail_escalated.models import BulkItem, BulkRun, Macro, Priority, RuleOutcome, Ticket

pytestmark = pytest.mark.django_db

BULK = "/admin/support/inbox/bulk/?priority=low"


@pytest.fixture(autouse=True)
def at_most_three_in_one_go(monkeypatch):
    monkeypatch.setattr(bulk, "IN_ONE_GO", 3)
    monkeypatch.setattr(bulk_runs, "BATCH", 2)


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def agent(sales):
    return factories.make_agent("ada", departments=(sales,))


@pytest.fixture
def ada(client, agent):
    client.force_login(agent.user)
    return client


@pytest.fixture
def low(sales):
    return [factories.make_ticket(department=sales, priority="low") for _number in range(5)]


@pytest.fixture
def later(monkeypatch):
    """What the worker would be asked to go on with, instead of it."""
    asked, enqueue = [], tasks.enqueue

    def put(task, *args):
        return asked.append(*args) if task == "go_on_with_bulk_run" else enqueue(task, *args)

    monkeypatch.setattr(tasks, "enqueue", put)
    return asked


def ask(client, **data):
    return client.post(BULK, {"matching": "1", **data})


def page_of(client, response, part=""):
    return client.get(response["Location"] + part).content.decode()


def test_all_that_match_are_changed_by_the_worker_and_the_page_names_the_rest(
    ada, agent, low, django_capture_on_commit_callbacks
):
    tickets.set_status(low[0], "closed", actor=agent.user)
    with django_capture_on_commit_callbacks(execute=True):
        response = ask(ada, do="status:in_progress")
    page = page_of(ada, response)
    assert "4 tickets changed." in page
    assert low[0].reference in page
    assert "cannot go from" in page
    assert Ticket.objects.filter(status="in_progress").count() == 4


def test_the_page_tells_how_far_it_is(ada, low, later):
    response = ask(ada, do="status:resolved")
    assert "0 of 5 tickets" in page_of(ada, response)
    tasks.go_on_with_bulk_run(later[0])
    part = page_of(ada, response, "?part=1")
    assert "2 of 5 tickets" in part
    assert "<html" not in part
    assert later == [later[0]] * 2


def test_one_undo_takes_all_back_that_nobody_has_built_upon(
    ada, agent, low, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = ask(ada, do=f"assign:{agent.pk}")
    assert Ticket.objects.filter(assignee=agent).count() == 5
    tickets.set_priority(Ticket.objects.get(pk=low[1].pk), "urgent", actor=agent.user)
    assert ">Undo</button>" in page_of(ada, response)
    with django_capture_on_commit_callbacks(execute=True):
        undone = ada.post(response["Location"])
    page = page_of(ada, undone)
    assert "4 tickets were taken back." in page
    assert "has changed since" in page
    assert list(Ticket.objects.filter(assignee=agent)) == [low[1]]
    assert ">Undo</button>" not in page_of(ada, response)
    assert "can no longer be undone" in ada.post(response["Location"], follow=True).content.decode()


def test_a_part_that_runs_twice_changes_each_ticket_once(ada, low, later):
    ask(ada, do="priority:high")
    run = BulkRun.objects.get()
    for _delivery in range(6):
        tasks.go_on_with_bulk_run(run.pk)
    run.refresh_from_db()
    assert run.finished_at
    assert [t.events.filter(kind="priority").count() for t in low] == [1] * 5


def test_what_breaks_at_one_ticket_leaves_it_as_it_was_and_goes_on(ada, low, later, monkeypatch):
    ask(ada, do="status:resolved")
    run = BulkRun.objects.get()

    def break_at_the_second(ticket):
        tickets.set_status(ticket, "resolved", actor=run.user)
        if ticket.pk == low[1].pk:
            raise RuntimeError("A receiver of the host")

    while bulk_runs.go_on(run, break_at_the_second):
        pass
    assert set(Ticket.objects.exclude(status="resolved")) == {low[1]}
    assert "log of the site" in run.items.get(state=BulkItem.State.FAILED).reason


def test_a_run_that_nobody_works_on_is_queued_again_by_who_looks(ada, low, later):
    response = ask(ada, do="status:resolved")
    page_of(ada, response)
    assert len(later) == 1
    run = BulkRun.objects.get()
    BulkRun.objects.update(touched_at=run.touched_at - 2 * bulk_run.PATIENCE)
    page_of(ada, response)
    assert later == [run.pk, run.pk]


def test_a_run_whose_task_was_lost_is_found_by_the_schedule(ada, low, later):
    ask(ada, do="status:resolved")
    BulkRun.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    call_command("escalated_sweep_reactions", verbosity=0)
    assert BulkItem.objects.filter(state=BulkItem.State.DONE).count() == 2
    assert later[-1] == BulkRun.objects.get().pk
    call_command("escalated_sweep_reactions", verbosity=0)
    assert BulkItem.objects.filter(state=BulkItem.State.DONE).count() == 2


def test_somebody_who_lost_the_right_changes_nothing_any_more(ada, agent, low, later):
    ask(ada, do="status:resolved")
    agent.user.is_active = False
    agent.user.save()
    for _part in range(3):
        tasks.go_on_with_bulk_run(BulkRun.objects.get().pk)
    assert not Ticket.objects.filter(status="resolved").exists()
    assert set(BulkItem.objects.values_list("state", flat=True)) == {BulkItem.State.FAILED}


def test_a_macro_and_a_deletion_run_there_too(ada, client, low, django_capture_on_commit_callbacks):
    client.force_login(factories.make_manager("mira"))
    actions = {"version": 1, "actions": [{"action": "priority", "value": "urgent"}]}
    macro = Macro.objects.create(name="Hurry", actions=actions)
    with django_capture_on_commit_callbacks(execute=True):
        response = ask(client, do=f"macro:{macro.pk}")
    assert "5 tickets changed." in page_of(client, response)
    assert Ticket.objects.filter(priority=Priority.URGENT).count() == 5
    urgent = "/admin/support/inbox/bulk/?priority=urgent"
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(urgent, {"matching": "1", "do": "delete", "sure": "1"})
    page = page_of(client, response)
    assert "5 tickets changed." in page
    assert ">Undo</button>" not in page
    assert not Ticket.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_macro_that_fails_with_some_does_the_rest_and_its_log_names_them(client, low, agent):
    """With real commits: what was put back with a ticket must not be needed by the next."""
    for ticket in (low[0], low[3]):
        tickets.set_subject(ticket, "Not this one", actor=agent.user)
    only = all_of(("subject", "contains_not", "not this"))
    rule = macro(("type", "task"), conditions=only)
    client.force_login(factories.make_manager("mira"))
    page = page_of(client, ask(client, do=f"macro:{rule.pk}"))
    assert "3 tickets changed." in page
    assert Ticket.objects.filter(type="task").count() == 3
    outcomes = RuleOutcome.objects.filter(run__macro=rule)
    failed = outcomes.filter(result=RuleOutcome.Result.FAILED)
    assert {one.ticket_id for one in failed} == {low[0].pk, low[3].pk}
    assert all("does not meet the conditions" in one.reason for one in failed)
    assert outcomes.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_ticket_asks_for_as_little_there_as_in_the_request(ada, low, later):
    ask(ada, do="priority:high")
    tasks.go_on_with_bulk_run(BulkRun.objects.get().pk)
    with CaptureQueriesContext(connection) as captured:
        tasks.go_on_with_bulk_run(BulkRun.objects.get().pk)
    asked = [q["sql"] for q in captured if not BESIDE.search(q["sql"])]
    # Not django_q_task: where the test's own worker keeps this connection, its results stand here too.
    queued = [q["sql"] for q in captured if 'INSERT INTO "django_q_ormq"' in q["sql"]]
    assert len(asked) <= 8 + 2 * 12, "\n".join(asked)
    assert len(queued) <= 1


def test_where_the_list_was_is_where_one_goes_back_to(ada, low, later):
    response = ask(ada, do="status:resolved")
    assert re.search(
        reverse("wagtail_escalated_admin:inbox") + r"\?priority=low", page_of(ada, response)
    )
