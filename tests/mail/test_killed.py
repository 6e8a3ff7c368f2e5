"""The worker is killed (SIGKILL) at each of its statements and commits in turn, and started again.

``test_dying`` breaks the work off within the test's process, where Django still cleans up; here it is a
process of its own, and nothing of it is left but what the database holds.
"""

import os
import signal
from email import message_from_bytes, policy

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings
from django.utils import timezone

from tests.factories import make_contact, make_ticket
from tests.mail.letters import letter, post_json, postmark
from wagtail_escalated.actions import messages
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail import intake, later, outbox
from wagtail_escalated.models import InboundEmail, OutboundEmail, Reply
from wagtail_escalated.tokens import reply_address

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.real_worker,
    pytest.mark.postgres,
]

DESK = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": "test-secret",
    "UNDO_SEND_SECONDS": 0,
}
MOST = 120
BOTH = {"ann@customer.example", "bob@customer.example"}


@pytest.fixture(autouse=True)
def worker_elsewhere(monkeypatch, settings, tmp_path):
    """Files and mails lie where every process finds them."""
    monkeypatch.setattr(later.Conf, "SYNC", False)
    monkeypatch.setenv("ESCALATED_MAILS", str(tmp_path / "mails"))
    (tmp_path / "mails").mkdir()
    settings.EMAIL_BACKEND = "tests.mail_to_files.EmailBackend"
    settings.STORAGES = settings.STORAGES | {
        "escalated": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }
    with override_settings(WAGTAIL_ESCALATED=DESK):
        yield


class Killer:
    """Kills its own process before the step with this number: a statement, or a commit."""

    def __init__(self, number):
        self.left = number

    def step(self):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def statement(self, execute, sql, params, many, context):
        self.step()
        return execute(sql, params, many, context)


def killed_at(number, work):
    """Whether a process that does ``work`` was killed there; it is waited for."""
    connections.close_all()  # a connection belongs to one process
    child = os.fork()
    if not child:
        status = 1
        try:
            killer, commit = Killer(number), BaseDatabaseWrapper._commit
            BaseDatabaseWrapper._commit = lambda self: (killer.step(), commit(self))[1]
            with connection.execute_wrapper(killer.statement):
                work()
            connections.close_all()
            status = 0
        finally:
            os._exit(status)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def mails_in(folder):
    """Those that left meanwhile; they are taken out."""
    found = []
    for path in folder.iterdir():
        found.append(message_from_bytes(path.read_bytes(), policy=policy.default))
        path.unlink()
    return found


def test_each_letter_is_one_message_wherever_the_worker_is_killed(client, time_machine):
    """Two wait at a time, and are taken together."""
    time_machine.move_to(timezone.now(), tick=False)
    ticket = make_ticket(requester=make_contact("ann@customer.example"), actor=SYSTEM)
    number, killed = 0, True
    while killed and number < MOST:
        bodies = [f"Answer {number}, {which}." for which in ("one", "two")]
        rows = [store(client, ticket, body) for body in bodies]
        killed = killed_at(number, intake.process_due)
        time_machine.shift(intake.LEASE.total_seconds() + 60)
        assert not killed_at(MOST, intake.process_due)
        for row, body in zip(rows, bodies, strict=True):
            row.refresh_from_db()
            assert row.state == "done", (number, row.reason, row.detail)
            assert Reply.objects.get(ticket=ticket, body=body).attachments.count() == 1
        number += 1
    assert 25 < number < MOST
    assert ticket.replies.count() == 2 * number


def store(client, ticket, body):
    message = letter(
        to=reply_address(ticket.pk),
        text=body,
        message_id=f"<{body[7:-1].replace(', ', '-')}@customer.example>",
        files=[("one.txt", "text/plain", body.encode())],
    )
    return InboundEmail.objects.get(pk=post_json(client, postmark(message)).json()["id"])


def test_a_mail_leaves_once_wherever_the_worker_is_killed(time_machine, tmp_path):
    time_machine.move_to(timezone.now(), tick=False)
    ticket = make_ticket(requester=make_contact("ann@customer.example"), actor=SYSTEM)
    outbox.send_due()
    mails_in(tmp_path / "mails")
    number, killed, twice = 0, True, 0
    while killed and number < MOST:
        copies = [] if number else ["bob@customer.example"]
        reply = messages.reply(ticket, body=f"Answer {number}.", actor=SYSTEM, cc=copies)
        killed = killed_at(number, outbox.send_due)
        time_machine.shift(outbox.LEASE.total_seconds() + 60)
        assert not killed_at(MOST, outbox.send_due)
        states = OutboundEmail.objects.filter(reply=reply).values_list("address", "state")
        assert dict(states) == dict.fromkeys(BOTH, "sent"), number
        left = mails_in(tmp_path / "mails")
        assert {one["Message-ID"] for one in left} == {
            f"<ticket-{ticket.pk}-reply-{reply.pk}@support.example.com>"
        }
        assert {one["To"] for one in left} == BOTH
        twice += len(left) - 2
        number += 1
    assert 8 < number < MOST
    # Between the server's yes and our next statement nobody can tell: once each, and under the same id.
    assert twice <= 2
