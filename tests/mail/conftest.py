from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest
from django.db import connection
from django.test import Client, TestCase

from tests.factories import make_agent, make_department
from wagtail_escalated.mail import outbox


@pytest.fixture
def department():
    return make_department("Lamps", address="lamps@support.example.com")


@pytest.fixture
def agent(department):
    return make_agent("agatha", departments=(department,))


class ClientBesideAWorker(Client):
    """What a request committed is worked on before anybody looks, also inside a test's transaction."""

    def request(self, **request):
        before = len(connection.run_on_commit)
        with TestCase.captureOnCommitCallbacks(execute=True):
            response = super().request(**request)
        del connection.run_on_commit[before:]
        return response


@pytest.fixture
def client(worker_beside_the_test):
    """Where tasks are queued the worker has been there when an answer is read."""
    return ClientBesideAWorker() if worker_beside_the_test else Client()


@pytest.fixture
def sent(mailoutbox, django_capture_on_commit_callbacks):
    """``with sent() as mails:`` what leaves the desk because of the block, as MIME messages."""

    @contextmanager
    def collecting():
        outbox.send_due()
        found, before = [], len(mailoutbox)
        with django_capture_on_commit_callbacks(execute=True):
            yield found
        found += [
            message_from_bytes(one.message().as_bytes(linesep="\r\n"), policy=policy.default)
            for one in mailoutbox[before:]
        ]

    return collecting
