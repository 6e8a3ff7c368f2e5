"""The same form many times at once, by real connections."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from tests.widget.conftest import ORIGIN
from wagtail_escalated import proof, ratelimit
from wagtail_escalated.models import Contact, Ticket
from wagtail_escalated.widget.tickets import PER_ADDRESS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="needs a database with several writers"
    ),
]

FORM = {
    "name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water",
    "key": "0123456789abcdef0123456789abcdef",
}  # fmt: skip


def at_once(work, times):
    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_one_form_sent_twenty_times_at_once_is_one_ticket(settings_of_widget, monkeypatch):
    monkeypatch.setitem(PER_ADDRESS, "limit", 100)
    monkeypatch.setattr(proof, "CALM_ADDRESS", 100)  # before the first is taken, each counts

    def send(_number):
        return Client().post("/support/widget/tickets", FORM, headers={"Origin": ORIGIN})

    answers = at_once(send, 20)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Ticket.objects.count() == 1
    assert Contact.objects.count() == 1


def test_hits_at_once_are_all_counted(db):
    limited = at_once(lambda _number: ratelimit.hit("test", "key", limit=12, window=3600), 20)
    assert sum(one is not None for one in limited) == 8
