"""The worker dies at each of its statements in turn, and is started again: one message, one mail."""

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from tests.factories import make_contact, make_ticket
from tests.mail.letters import letter, post_json, postmark
from wagtail_escalated import storage
from wagtail_escalated.actions import messages
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail import intake, later, outbox
from wagtail_escalated.models import InboundEmail, OutboundEmail, Reply, Ticket
from wagtail_escalated.tokens import reply_address

pytestmark = [pytest.mark.django_db, pytest.mark.real_worker]

DESK = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": "test-secret",
    "UNDO_SEND_SECONDS": 0,
}
MOST = 80


class Died(BaseException):
    """Nothing of ours catches it; what was not committed is rolled back, as when the connection breaks."""


class DieAt:
    """Before the statement with this number; ``reached`` tells whether there was one."""

    def __init__(self, number):
        self.left, self.reached = number, False

    def __call__(self, execute, sql, params, many, context):
        if self.left == 0:
            self.reached = True
            raise Died
        self.left -= 1
        return execute(sql, params, many, context)


def dies_at(number, work):
    """Whether ``work`` was interrupted there."""
    die = DieAt(number)
    with connection.execute_wrapper(die):
        try:
            work()
        except Died:
            return True
        except Exception:
            # Django's clean-up after the death runs statements too, which fail as well.
            if not die.reached:
                raise
            return True
    return False


@pytest.fixture(autouse=True)
def worker_elsewhere(monkeypatch):
    monkeypatch.setattr(later.Conf, "SYNC", False)
    with override_settings(WAGTAIL_ESCALATED=DESK):
        yield


@pytest.mark.django_db(transaction=True)
def test_a_letter_becomes_one_message_wherever_the_worker_dies(client, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    ticket = make_ticket(requester=make_contact("ann@customer.example"), actor=SYSTEM)
    number, died = 0, True
    while died and number < MOST:
        body = f"Answer {number}.\n"
        message = letter(
            to=reply_address(ticket.pk), text=body, message_id=f"<{number}@customer.example>"
        )
        row = InboundEmail.objects.get(pk=post_json(client, postmark(message)).json()["id"])
        died = dies_at(number, lambda pk=str(row.pk): intake.process(pk))
        connection.close()
        time_machine.shift(intake.LEASE.total_seconds() + 60)
        intake.process_due()
        row.refresh_from_db()
        assert row.state == "done", (number, row.reason, row.detail)
        assert Reply.objects.filter(ticket=ticket, body=body.strip()).count() == 1
        number += 1
    assert 20 < number < MOST
    assert ticket.replies.count() == number


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_sent_once_under_one_message_id_wherever_the_worker_dies(
    mailoutbox, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)
    ticket = make_ticket(requester=make_contact("ann@customer.example"), actor=SYSTEM)
    outbox.send_due()
    mailoutbox.clear()
    number, died, twice = 0, True, 0
    while died and number < MOST:
        reply = messages.reply(ticket, body=f"Answer {number}.", actor=SYSTEM)
        died = dies_at(number, outbox.send_due)
        connection.close()
        time_machine.shift(outbox.LEASE.total_seconds() + 60)
        outbox.send_due()
        mail = OutboundEmail.objects.get(reply=reply)
        assert mail.state == "sent", (number, mail.error)
        ids = [one.extra_headers["Message-ID"] for one in mailoutbox]
        assert set(ids) == {f"<ticket-{ticket.pk}-reply-{reply.pk}@support.example.com>"}
        twice += len(ids) - 1
        mailoutbox.clear()
        number += 1
    assert 5 < number < MOST
    # Between the server's yes and our next statement nobody can tell: once, and under the same id.
    assert twice <= 1


@pytest.mark.django_db(transaction=True)
def test_the_reply_and_its_mails_are_there_together_or_not_at_all():
    ticket = make_ticket(requester=make_contact("ann@customer.example"), actor=SYSTEM)
    number, died = 0, True
    while died and number < MOST:
        before = ticket.replies.count()
        died = dies_at(number, lambda: messages.reply(ticket, body="Hello.", actor=SYSTEM))
        connection.close()
        assert (
            ticket.replies.count() - before
            == OutboundEmail.objects.filter(kind="reply").count() - before
        )
        number += 1
    assert number < MOST


@pytest.mark.django_db(transaction=True)
def test_the_webhook_loses_nothing_wherever_it_dies(client):
    """Whatever was not stored is answered with an error, and the provider sends it again."""
    payload, number, died = postmark(letter()), 0, True
    while died and number < MOST:
        answers = []

        def post(answers=answers):
            answers.append(post_json(client, payload).status_code)

        client.raise_request_exception = False
        died = dies_at(number, post)
        connection.close()
        if answers == [200]:
            assert InboundEmail.objects.exists()
        number += 1
    post_json(client, payload)
    intake.process_due()
    assert Ticket.objects.count() == 1


def test_a_torn_file_in_the_storage_is_not_taken_for_whole(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "escalated": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    key = storage.put(b"a whole letter")
    (tmp_path / key).write_bytes(b"a who")
    again = storage.put(b"a whole letter")
    assert storage.read(again) == b"a whole letter"
