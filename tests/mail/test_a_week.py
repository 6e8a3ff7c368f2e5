"""A week of letters while database, storage and mail server fail now and then: every letter is accounted for."""

import random
import smtplib
from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.storage import InMemoryStorage
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError, connection
from django.test import override_settings
from django.utils import timezone

from tests.factories import make_agent, make_department
from tests.mail.letters import letter, post_json, postmark
from wagtail_escalated.mail import intake, later, outbox
from wagtail_escalated.models import InboundEmail, OutboundEmail, Reply, Ticket

LETTERS, DAYS = 120, 7
DESK = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": "test-secret",
    "UNDO_SEND_SECONDS": 0,
}


class Luck:
    """One in twenty of what is asked fails, the same in each run: each kind has dice of its own, so that a
    query more or less moves nobody else's faults."""

    dice = {what: random.Random(what) for what in ("database", "storage", "mail server")}
    on = False
    faults: Counter = Counter()

    @classmethod
    def fails(cls, what):
        if cls.on and cls.dice[what].random() < 0.05:
            cls.faults[what] += 1
            return True
        return False


class Storage(InMemoryStorage):
    def _open(self, name, mode="rb"):
        if Luck.fails("storage"):
            raise OSError("the storage does not answer")
        return super()._open(name, mode)

    def _save(self, name, content):
        if Luck.fails("storage"):
            raise OSError("the storage is full")
        return super()._save(name, content)


class Server(EmailBackend):
    def send_messages(self, email_messages):
        if Luck.fails("mail server"):
            raise smtplib.SMTPServerDisconnected("gone")
        return super().send_messages(email_messages)


def database(execute, sql, params, many, context):
    # One statement of a hundred, so that one letter of a few meets one.
    if Luck.on and Luck.dice["database"].random() < 0.01:
        Luck.faults["database"] += 1
        raise OperationalError("the connection was lost")
    return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_every_letter_of_a_week_is_accounted_for(
    client, settings, monkeypatch, time_machine, mailoutbox
):
    monkeypatch.setattr(later.Conf, "SYNC", False)
    settings.STORAGES = {
        **settings.STORAGES,
        "escalated": {"BACKEND": "tests.mail.test_a_week.Storage"},
    }
    client.raise_request_exception = False
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    make_agent(
        "agatha", departments=(make_department("Lamps", address="lamps@support.example.com"),)
    )
    letters = [letter_number(number) for number in range(LETTERS)]
    step = timedelta(days=DAYS) / LETTERS
    Luck.on = True
    with (
        override_settings(WAGTAIL_ESCALATED=DESK, EMAIL_BACKEND="tests.mail.test_a_week.Server"),
        connection.execute_wrapper(database),
    ):
        for number, one in enumerate(letters):
            time_machine.move_to(start + step * number, tick=False)
            assert delivered(client, one)
            let_work(intake.process_due)
            let_work(outbox.send_due)
        Luck.on = False
        for _ in range(12):
            time_machine.shift(5 * 3600)
            intake.process_due()
            outbox.send_due()
    assert min(Luck.faults[what] for what in ("database", "storage", "mail server")) > 0
    states = Counter(InboundEmail.objects.values_list("state", flat=True))
    assert set(states) <= {"done", "duplicate"}, states
    texts = Counter([*Ticket.objects.values_list("description", flat=True),
                     *Reply.objects.values_list("body", flat=True)])  # fmt: skip
    assert texts == Counter(f"Letter {number}." for number in range(LETTERS))
    assert set(OutboundEmail.objects.values_list("state", flat=True)) == {"sent"}
    sent = Counter((one.to[0], one.extra_headers["Message-ID"]) for one in mailoutbox)
    # More than once only where the row could not be marked after the server had taken the mail.
    assert OutboundEmail.objects.count() == len(sent)
    assert sum(sent.values()) - len(sent) <= Luck.faults["database"]


def letter_number(number):
    """Each third answers the letter before it."""
    headers = {"In_Reply_To": f"<{number - 1}@customer.example>"} if number % 3 == 2 else {}
    return letter(
        sender=f"customer{number // 3}@customer.example",
        to="lamps@support.example.com",
        subject=f"Lamp {number}",
        text=f"Letter {number}.\n",
        message_id=f"<{number}@customer.example>",
        **headers,
    )


def delivered(client, message):
    """As a provider does it: again until it was answered 200."""
    return any(post_json(client, postmark(message)).status_code == 200 for _ in range(20))


def let_work(job):
    """A job that fails as a whole is run again by the next schedule."""
    try:
        job()
    except OperationalError:
        connection.close()
