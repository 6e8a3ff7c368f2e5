"""Letters and mails in batches: what they ask alike is asked once, and each still has a commit of its own."""

import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from tests.factories import make_agent, make_contact, make_department, make_ticket
from tests.mail.letters import letter, post_json, postmark
from wagtail_escalated import batches
from wagtail_escalated.actions import messages
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail import intake, later, outbox
from wagtail_escalated.models import Department, InboundEmail, OutboundEmail, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.real_worker]
ADDRESS = "lamps@support.example.com"


@pytest.fixture(autouse=True)
def worker_elsewhere(monkeypatch):
    monkeypatch.setattr(later.Conf, "SYNC", False)


@pytest.fixture
def department():
    return make_department("Lamps", address=ADDRESS)


@pytest.fixture
def queued(monkeypatch):
    """The tasks that would wait for the worker."""
    found = []
    monkeypatch.setattr(
        later, "put", lambda path, *args, name, keep_connection=True: found.append((name, *args))
    )
    return found


def store(client, *numbers):
    for number in numbers:
        message = letter(
            to=ADDRESS, text=f"Lamp {number}.", message_id=f"<{number}@customer.example>"
        )
        assert post_json(client, postmark(message)).status_code == 200


def queries_of(work):
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_a_letter_more_costs_half_of_what_one_alone_costs(client, department):
    store(client, 0)
    intake.process_due()  # the contact is known from now on
    store(client, 1)
    alone = queries_of(intake.process_due)
    store(client, *range(2, 7))
    five = queries_of(intake.process_due)
    assert Ticket.objects.count() == 7
    more = (five - alone) / 4
    # Each savepoint is two; on SQLite and within a test the transaction itself is one.
    assert more <= 15, f"{more} queries for each letter more"


def test_a_mail_more_costs_one_statement_of_its_own(client, department):
    make_agent("agatha", departments=(department,))
    ticket = make_ticket(department=department, requester=make_contact("ann@customer.example"))
    outbox.send_due()
    with override_settings(WAGTAIL_ESCALATED={"UNDO_SEND_SECONDS": 0, "UI_ENABLED": False}):
        messages.reply(ticket, body="One.", actor=SYSTEM, cc=["a@customer.example"])
        few = queries_of(outbox.send_due)
        more = ["b@customer.example", "c@customer.example", "d@customer.example"]
        messages.reply(ticket, body="Two.", actor=SYSTEM, cc=more)
        many = queries_of(outbox.send_due)
    assert set(OutboundEmail.objects.values_list("state", flat=True)) == {"sent"}
    # Claimed together, marked one by one; whether a copy still takes part is asked of each.
    assert many - few <= 2 * len(more) + 3


def test_what_follows_a_batch_is_queued_once(client, department, queued):
    store(client, 1, 2, 3)
    queued.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda function, **kwargs: function())
        intake.process_due()
    reactions = [task for task in queued if task[0] == "react"]
    assert len(reactions) == 1
    assert len(reactions[0][1]) == 3


def test_a_letter_that_fails_keeps_nothing_of_the_others_back(client, department, monkeypatch):
    whole = intake.decide

    def decide(row, letter_, message, **known):
        if "Lamp 2" in message.text:
            raise RuntimeError("boom")
        return whole(row, letter_, message, **known)

    monkeypatch.setattr(intake, "decide", decide)
    store(client, 1, 2, 3)
    assert intake.process_due() == {"done": 2, "failed": 1}
    assert Ticket.objects.count() == 2


def test_a_change_is_seen_by_the_letters_of_the_next_second(department, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(batches, "monotonic", lambda: clock[0])

    def names():
        return batches.remembered("names", lambda: [one.name for one in Department.objects.all()])

    with batches.batch():
        assert names() == ["Lamps"]
        Department.objects.update(name="Torches")
        assert names() == ["Lamps"]
        clock[0] += batches.KEPT_FOR + 0.1
        assert names() == ["Torches"]
    Department.objects.update(name="Candles")
    assert names() == ["Candles"]


def test_a_lost_lease_leaves_nothing_behind(client, department, monkeypatch):
    """Another worker took the letter over while this one still worked: only the other's counts."""
    store(client, 1)
    whole = intake.decide

    def decide(row, *args, **known):
        outcome = whole(row, *args, **known)
        InboundEmail.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
        return outcome

    monkeypatch.setattr(intake, "decide", decide)
    assert intake.process_due() == {}
    assert not Ticket.objects.exists()
    assert InboundEmail.objects.get().state == "processing"


class TestTheWebhooksTask:
    def post(self, client, number, callbacks):
        with callbacks(execute=True):
            store(client, number)

    def test_works_on_all_that_wait_and_is_queued_once(
        self, client, department, queued, django_capture_on_commit_callbacks
    ):
        for number in range(3):
            self.post(client, number, django_capture_on_commit_callbacks)
        assert queued == [("mail.intake.process_waiting",)]
        assert intake.process_waiting() == {"done": 3}

    def test_comes_anew_for_a_letter_after_that(
        self, client, department, queued, django_capture_on_commit_callbacks
    ):
        self.post(client, 1, django_capture_on_commit_callbacks)
        intake.process_waiting()
        queued.clear()
        self.post(client, 2, django_capture_on_commit_callbacks)
        assert queued == [("mail.intake.process_waiting",)]

    def test_is_not_relied_on_for_longer_than_some_seconds(
        self, client, department, queued, django_capture_on_commit_callbacks
    ):
        """One whose task was lost holds up nothing that comes later."""
        self.post(client, 1, django_capture_on_commit_callbacks)
        InboundEmail.objects.update(
            received_at=InboundEmail.objects.get().received_at - 2 * intake.SOON
        )
        self.post(client, 2, django_capture_on_commit_callbacks)
        assert queued == [("mail.intake.process_waiting",)] * 2

    def test_hands_over_to_another_before_its_time_is_up(
        self, client, department, queued, monkeypatch
    ):
        store(client, *range(intake.BATCH + 1))
        monkeypatch.setattr(intake, "MOST_SECONDS", 0.0)
        assert sum(intake.process_waiting().values()) == 1
        assert InboundEmail.objects.filter(state="received", attempts=0).count() == intake.BATCH
        assert queued == [("mail.intake.process_waiting",)]


def test_a_letter_that_kills_its_worker_takes_nothing_else_along_twice(
    client, department, monkeypatch, time_machine
):
    """Ten are claimed together; after the death each is taken alone, and the others arrive."""

    class Killed(BaseException):
        """As SIGKILL: nothing of ours catches it."""

    whole = intake.decide

    def decide(row, letter_, message, **known):
        if "Lamp 3." in message.text:
            raise Killed
        return whole(row, letter_, message, **known)

    monkeypatch.setattr(intake, "decide", decide)
    time_machine.move_to(timezone.now(), tick=False)
    store(client, *range(10))
    deaths = 0
    for _ in range(100):
        try:
            intake.process_due()
        except Killed:
            deaths += 1
        time_machine.shift(60)  # as the schedule does
        if deaths == 3:
            assert Ticket.objects.count() == 9
    assert deaths == intake.MAX_ATTEMPTS
    assert InboundEmail.objects.get(state="held").reason == "gave_up"
    assert Ticket.objects.count() == 9


def test_a_mail_that_kills_its_worker_is_shown_as_failed_and_the_others_leave(
    department, monkeypatch, time_machine
):
    class Killed(BaseException):
        """As SIGKILL: nothing of ours catches it."""

    whole = outbox.compose

    def compose(mail):
        if mail.reply.body == "Three.":
            raise Killed
        return whole(mail)

    ticket = make_ticket(department=department, requester=make_contact("ann@customer.example"))
    outbox.send_due()
    time_machine.move_to(timezone.now(), tick=False)
    with override_settings(WAGTAIL_ESCALATED={"UNDO_SEND_SECONDS": 0}):
        for body in ("One.", "Two.", "Three.", "Four."):
            messages.reply(ticket, body=body, actor=SYSTEM)
    monkeypatch.setattr(outbox, "compose", compose)
    deaths = 0
    for _ in range(20):
        try:
            outbox.send_due()
        except Killed:
            deaths += 1
        time_machine.shift(outbox.LEASE.total_seconds() + 1)
    states = OutboundEmail.objects.filter(kind="reply").order_by("pk")
    assert list(states.values_list("state", flat=True)) == ["sent", "sent", "failed", "sent"]
    assert deaths == outbox.MAX_ATTEMPTS
    assert ticket.events.filter(kind="mail_failed").count() == 1


def test_what_is_not_begun_in_time_is_given_back(client, department, monkeypatch):
    store(client, *range(5))
    clock = iter(range(0, 1_000, 8))
    monkeypatch.setattr(intake, "monotonic", lambda: float(next(clock)))
    done = intake.process_due()["done"]
    assert 0 < done < 5
    left = InboundEmail.objects.filter(state="received", attempts=0)
    assert left.count() == 5 - done
    monkeypatch.undo()
    assert intake.process_due() == {"done": 5 - done}


def test_mails_that_a_slow_server_leaves_no_time_for_are_given_back(
    department, queued, monkeypatch
):
    ticket = make_ticket(department=department, requester=make_contact("ann@customer.example"))
    outbox.send_due()
    queued.clear()
    with override_settings(WAGTAIL_ESCALATED={"UNDO_SEND_SECONDS": 0}):
        for number in range(5):
            messages.reply(ticket, body=f"Number {number}.", actor=SYSTEM)
    clock = iter(range(0, 1_000, 8))
    monkeypatch.setattr(outbox, "monotonic", lambda: float(next(clock)))
    sent = outbox.send_due()["sent"]
    assert 0 < sent < 5
    left = OutboundEmail.objects.filter(state="queued", attempts=0)
    assert left.count() == 5 - sent
    assert queued == [("mail.outbox.send_due",)]
    monkeypatch.undo()
    assert outbox.send_due()["sent"] == 5 - sent


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_letter_once_and_wait_for_nobody(client):
    """Both begin at the same moment with the same list."""
    make_department("Lamps", address=ADDRESS)
    store(client, *range(30))
    start, counts = threading.Barrier(2), []

    def work():
        try:
            start.wait()
            counts.append(intake.process_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.get("done", 0) for one in counts) == 30
    assert Ticket.objects.count() == 30
    assert set(InboundEmail.objects.values_list("state", "attempts")) == {("done", 1)}
