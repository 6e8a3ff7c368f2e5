"""Breaches and warnings: each recorded once, with the moment it passed, however often one looks."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tests import factories
from tests.sla.promises import at, clock, kinds, make_policy, make_ticket
from wagtail_escalated import events, signals
from wagtail_escalated.actions import (
    assignment,
    messages,
    notifications,
    sla,
    sla_checks,
    sla_history,
    tickets,
)
from wagtail_escalated.models import OutboundEmail, SLAClock, Ticket, TicketEvent
from wagtail_escalated.reactions.notifications import notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return factories.make_manager()


def test_the_command_marks_a_ticket_whose_time_has_passed_once(capsys):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(timezone.now() - timedelta(hours=2))
    version = ticket.version
    call_command("escalated_check_sla")
    assert "1 breaches and 0 warnings recorded" in capsys.readouterr().out
    call_command("escalated_check_sla")
    assert "0 breaches and 0 warnings recorded" in capsys.readouterr().out
    ticket.refresh_from_db()
    assert ticket.sla_breached
    assert ticket.version == version + 1
    assert kinds(ticket) == ["created", "sla_breached"]


def test_at_the_deadline_is_in_time_and_a_moment_after_it_is_not():
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    assert sla.check_breaches(at(11)) == []
    assert [c.pk for c in sla.check_breaches(at(11, second=1))] == [clock(ticket).pk]


def test_a_breach_carries_the_moment_that_passed_not_the_one_it_was_noticed():
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    sla.check_breaches(at(9, day=3))
    assert clock(ticket).breached_at == at(11)
    event = ticket.events.get(kind="sla_breached")
    assert event.created_at == at(11)
    assert event.data["metric"] == "resolution"
    assert parse_datetime(event.data["due_at"]) == at(11)
    assert parse_datetime(event.data["noticed_at"]) == at(9, day=3)


def test_each_target_is_missed_on_its_own():
    make_policy(targets={"first_response": 30, "resolution": 60})
    ticket = make_ticket(at(10))
    assert len(sla.check_breaches(at(10, 45))) == 1
    assert len(sla.check_breaches(at(12))) == 1
    assert sla.check_breaches(at(13)) == []
    metrics = ticket.events.filter(kind="sla_breached").values_list("data__metric", flat=True)
    assert list(metrics.order_by("pk")) == ["first_response", "resolution"]


def test_what_was_met_late_before_anybody_looked_is_still_recorded(agent):
    make_policy(targets={"first_response": 30})
    ticket = make_ticket(at(10))
    messages.reply(ticket, body="Late.", actor=agent, now=at(10, 40))
    assert len(sla.check_breaches(at(10, 41))) == 1
    assert clock(ticket, "first_response").breached_at == at(10, 30)
    assert sla.check_breaches(at(12)) == []


def test_what_stopped_late_before_anybody_looked_is_still_recorded(agent):
    make_policy(targets={"resolution": 30})
    ticket = make_ticket(at(10))
    tickets.set_status(ticket, "waiting_on_customer", actor=agent, now=at(11))
    assert len(sla.check_breaches(at(12))) == 1
    tickets.set_status(ticket, "in_progress", actor=agent, now=at(13))
    assert sla.check_breaches(at(14)) == []


def test_a_clock_that_stands_still_misses_nothing(agent):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    tickets.snooze(ticket, at(9, day=30), actor=agent, now=at(10, 30))
    assert sla.check_breaches(at(12, day=20)) == []


def test_a_missed_target_stays_missed_when_the_ticket_is_reopened(agent):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    sla.check_breaches(at(12))
    tickets.set_status(ticket, "resolved", actor=agent, now=at(13))
    tickets.set_status(ticket, "reopened", actor=agent, now=at(14))
    assert sla.check_breaches(at(20)) == []
    assert clock(ticket).breached_at == at(11)


def test_a_warning_comes_once_and_before_the_deadline(settings):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    assert sla.check_warnings(at(10, 29)) == []
    assert len(sla.check_warnings(at(10, 30))) == 1
    assert sla.check_warnings(at(10, 40)) == []
    assert sla.check_warnings(at(11, 40)) == []
    assert kinds(ticket) == ["created", "sla_warning"]


def test_a_deadline_that_has_passed_is_missed_and_no_longer_warned_of():
    make_policy(targets={"resolution": 60})
    make_ticket(at(10))
    assert sla.check_warnings(at(12)) == []


def test_how_long_before_is_a_setting_read_when_it_is_needed(settings):
    make_policy(targets={"resolution": 600})
    make_ticket(at(10))
    assert sla.check_warnings(at(18)) == []
    settings.WAGTAIL_ESCALATED = {"SLA": {"WARNING_MINUTES": 180}}
    assert len(sla.check_warnings(at(18))) == 1


def test_breach_and_warning_reach_the_host_after_the_commit(django_capture_on_commit_callbacks):
    heard = []

    def hear(signal, ticket, metric, due_at, **kwargs):
        heard.append((signal, ticket.pk, metric))

    signals.sla_breached.connect(hear)
    signals.sla_warning.connect(hear)
    try:
        make_policy(targets={"resolution": 60})
        ticket = make_ticket(at(10))
        with django_capture_on_commit_callbacks(execute=True):
            sla.check_warnings(at(10, 45))
            sla.check_breaches(at(12))
    finally:
        signals.sla_breached.disconnect(hear)
        signals.sla_warning.disconnect(hear)
    assert heard == [
        (signals.sla_warning, ticket.pk, "resolution"),
        (signals.sla_breached, ticket.pk, "resolution"),
    ]


def test_sixty_breaches_take_no_more_queries_than_ten(django_assert_max_num_queries):
    make_policy(targets={"resolution": 60})
    ticket = make_ticket(at(10))
    for _ in range(9):
        make_ticket(at(10))
    with django_assert_max_num_queries(9):
        assert len(sla.check_breaches(at(12))) == 10
    copies = list(Ticket.objects.filter(pk=ticket.pk)) * 60
    for number, copy in enumerate(copies):
        fields = {f.attname: getattr(copy, f.attname) for f in Ticket._meta.concrete_fields}
        fields |= {"id": None, "reference": f"ESC-COPY-{number}"}
        copies[number] = Ticket(**fields)
    Ticket.objects.bulk_create(copies)
    SLAClock.objects.bulk_create(
        SLAClock(
            ticket=copy,
            metric="resolution",
            target=timedelta(hours=1),
            started_at=at(10),
            due_at=at(11),
            check_at=at(11),
        )
        for copy in copies
    )
    with django_assert_max_num_queries(9):
        assert len(sla.check_breaches(at(12))) == 60


def test_more_than_a_batch_is_recorded_in_one_run(monkeypatch):
    monkeypatch.setattr(sla_checks, "BATCH", 3)
    make_policy(targets={"resolution": 60})
    for _ in range(8):
        make_ticket(at(10))
    assert len(sla.check_breaches(at(12))) == 8


@pytest.mark.parametrize("tells", [True, False])
def test_each_ticket_s_rows_are_announced_with_it_whatever_the_database_tells(
    monkeypatch, django_capture_on_commit_callbacks, tells
):
    if not tells:
        monkeypatch.setattr(sla_history, "_tells_what_it_wrote", lambda alias: False)
    heard = []

    def hear(changes, **kwargs):
        heard.extend(changes)

    events.committed_many.connect(hear)
    try:
        make_policy(targets={"first_response": 30, "resolution": 60})
        both, _other = make_ticket(at(10)), make_ticket(at(10))
        with django_capture_on_commit_callbacks(execute=True):
            assert len(sla.check_breaches(at(12))) == 4
    finally:
        events.committed_many.disconnect(hear)
    both.refresh_from_db()
    rows = set(both.events.filter(kind="sla_breached").values_list("pk", flat=True))
    [(version, _public, told)] = [change[1:] for change in heard if change[0] == both.pk]
    assert (version, set(told), len(rows)) == (both.version, rows, 2)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_checks_in_many_processes_record_each_breach_once(monkeypatch):
    monkeypatch.setattr(sla_checks, "BATCH", 5)
    make_policy(targets={"resolution": 60, "first_response": 30})
    for _ in range(30):
        make_ticket(at(10))
    together, found = Barrier(6), []

    def check():
        together.wait()
        try:
            found.extend(clock.pk for clock in sla.check_breaches(at(12)))
        finally:
            connection.close()

    threads = [Thread(target=check) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # What one worker found locked, and skipped, the next check finds.
    found.extend(clock.pk for clock in sla.check_breaches(at(12)))
    assert sorted(found) == sorted(SLAClock.objects.values_list("pk", flat=True))
    assert TicketEvent.objects.filter(kind="sla_breached").count() == 60


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_check_passes_over_a_ticket_that_somebody_is_changing():
    from django.db import transaction

    make_policy(targets={"resolution": 60})
    held, free = make_ticket(at(10)), make_ticket(at(10))
    recorded = []

    def check():
        try:
            recorded.extend(clock.ticket_id for clock in sla.check_breaches(at(12)))
        finally:
            connection.close()

    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=held.pk)
        thread = Thread(target=check)
        thread.start()
        thread.join(timeout=20)
    assert recorded == [free.pk]
    assert [c.ticket_id for c in sla.check_breaches(at(12))] == [held.pk]


@pytest.fixture
def and_after_the_commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_the_assignee_and_the_followers_hear_of_it_once(mailoutbox, and_after_the_commit):
    make_policy(targets={"resolution": 60})
    department = factories.make_department()
    mine, other, _idle = (factories.make_agent(n, departments=(department,)) for n in "abc")
    ticket = make_ticket(timezone.now() - timedelta(hours=2), department=department)
    manager = factories.make_manager()
    assignment.assign(ticket, mine, actor=manager)
    tickets.follow(ticket, actor=other.user)
    for _ in range(2):
        with and_after_the_commit():
            call_command("escalated_check_sla")
    told = [mail for mail in mailoutbox if "A deadline was missed" in mail.body]
    assert sorted(mail.to[0] for mail in told) == ["a@example.com", "b@example.com"]


def test_a_ticket_that_nobody_has_is_everybody_s_in_its_department(
    mailoutbox, and_after_the_commit
):
    make_policy(targets={"resolution": 60})
    department = factories.make_department()
    factories.make_agent("a", departments=(department,))
    away = factories.make_agent("b", departments=(department,))
    wanted = set(notifications.ALL_PAIRS) - {("sla_warning", "mail")}
    notifications.choose(away.user, wanted)
    make_ticket(timezone.now() - timedelta(minutes=45), department=department)
    with and_after_the_commit():
        call_command("escalated_check_sla")
    told = [mail for mail in mailoutbox if "A deadline is near" in mail.body]
    assert [mail.to for mail in told] == [["a@example.com"]]


def test_telling_of_many_takes_no_more_queries_than_of_one(django_assert_max_num_queries):
    make_policy(targets={"resolution": 60})
    department = factories.make_department()
    for _ in range(3):
        factories.make_agent(departments=(department,))
    for _ in range(12):
        make_ticket(at(10), department=department)
    sla.check_breaches(at(12))
    events = list(TicketEvent.objects.filter(kind="sla_breached").select_related("ticket"))
    assert len(events) == 12
    with django_assert_max_num_queries(9):
        notify(events, now=at(12))
    assert OutboundEmail.objects.filter(kind="agent_sla_breached").count() == 36


def test_a_batch_is_one_task_for_the_worker_however_many_it_has(monkeypatch, and_after_the_commit):
    monkeypatch.setattr(sla_checks, "BATCH", 4)
    queued = []
    monkeypatch.setattr("wagtail_escalated.tasks.enqueue", lambda *task: queued.append(task))
    make_policy(targets={"resolution": 60})
    for _ in range(6):
        make_ticket(at(10))
    with and_after_the_commit():
        assert len(sla.check_breaches(at(12))) == 6
    assert [(name, len(events)) for name, events in queued] == [("react", 4), ("react", 2)]
