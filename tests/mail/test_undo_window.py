"""A reply written by hand waits, so that it can be taken back, and then leaves without delay."""

import json
import time
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_agent, make_contact, make_ticket
from wagtail_escalated import jobs
from wagtail_escalated.actions import api_tokens, messages
from wagtail_escalated.models import Ticket

SECONDS = 10  # the setting's default


@pytest.fixture
def ticket():
    return make_ticket(requester=make_contact("ann@customer.example"))


def answer_by_api(desk, ticket, agent):
    _row, token = api_tokens.create(agent.user, name="test", scopes=("read", "write"))
    request = urllib.request.Request(
        f"{desk.url}/support/api/v1/tickets/{ticket.reference}/replies/",
        data=json.dumps({"body": "Pull the plug."}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 201


@pytest.mark.real_worker
@pytest.mark.django_db(transaction=True)
def test_a_reply_leaves_when_its_window_ends_and_not_with_the_next_minute(live_desk, ticket):
    """No schedule is installed here: only what the web process queues can send it."""
    live_desk.wait_for(lambda: "ready for work" in live_desk.log("worker"), "no worker")
    before = Ticket.objects.get(pk=ticket.pk).public_version
    answer_by_api(live_desk, ticket, make_agent("agatha"))
    written = time.monotonic()

    def reply():
        return [mail for mail in live_desk.mails() if mail["Subject"].startswith("Re: ")]

    (mail,) = live_desk.wait_for(reply, "the reply did not leave", seconds=SECONDS + 30)
    took = time.monotonic() - written
    assert mail["To"] == "ann@customer.example"
    assert SECONDS - 2 <= took <= SECONDS + 5, took
    live_desk.wait_for(
        lambda: Ticket.objects.get(pk=ticket.pk).public_version > before,
        "the customer's page was not told",
        seconds=5,
    )


@pytest.mark.django_db
def test_where_that_was_lost_the_schedule_lets_it_leave(ticket, mailoutbox, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    messages.reply(ticket, body="Pull the plug.", actor=make_agent().user)
    before = Ticket.objects.get(pk=ticket.pk).public_version
    jobs.run("escalated_send_mail")
    assert not [mail for mail in mailoutbox if mail.subject.startswith("Re: ")]
    assert Ticket.objects.get(pk=ticket.pk).public_version == before

    time_machine.shift(timedelta(seconds=SECONDS + 1))
    jobs.run("escalated_send_mail")
    (mail,) = [mail for mail in mailoutbox if mail.subject.startswith("Re: ")]
    assert mail.to == ["ann@customer.example"]
    assert Ticket.objects.get(pk=ticket.pk).public_version == before + 1
