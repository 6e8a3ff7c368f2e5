"""Held mail: why it waits, a preview that is safe, and what becomes of it."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import agent, installed, manager
from tests.factories import make_department, system_ticket
from wagtail_escalated.mail.reading import receive
from wagtail_escalated.models import BlockedSender, InboundEmail, Ticket

pytestmark = pytest.mark.django_db

HOSTILE = b"""\
From: Eve <eve@example.org>
To: support@support.example.com
Subject: =HYPERLINK("x") <script>alert(1)</script>
Message-ID: <eve-1@example.org>
Authentication-Results: mx; dmarc=fail
Content-Type: text/html; charset=utf-8

<p onclick="x()">Hello</p><script>alert(2)</script><img src="https://tracker.example/x.gif">
"""


@pytest.fixture(autouse=True)
def desk(db):
    installed()


@pytest.fixture
def letter(db):
    receive(HOSTILE)
    row = InboundEmail.objects.get()
    row.state, row.reason = InboundEmail.State.HELD, "sender_failed_check"
    row.ticket = None
    row.save()
    Ticket.objects.all().delete()
    return row


def change(client, letter, what, **data):
    url = reverse("wagtail_escalated_admin:held_change", args=[letter.pk, what])
    return client.post(url, data, follow=True)


def test_the_list_says_why_each_letter_waits(client, letter):
    client.force_login(agent())

    page = client.get(reverse("wagtail_escalated_admin:held_mail")).content.decode()

    assert "eve@example.org" in page
    assert "says that this letter is not its own" in page
    assert "<script>alert" not in page


def test_the_preview_runs_and_loads_nothing(client, letter):
    client.force_login(agent())

    page = client.get(reverse("wagtail_escalated_admin:held_letter", args=[letter.pk]))

    text = page.content.decode()
    assert "Hello" in text
    assert "onclick" not in text
    assert "alert(" not in text.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "")
    assert 'src="https://tracker.example' not in text


def test_the_original_is_a_file_and_nothing_else(client, letter):
    client.force_login(agent())

    response = client.get(reverse("wagtail_escalated_admin:held_original", args=[letter.pk]))

    assert BytesIO(b"".join(response.streaming_content)).read() == HOSTILE
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"


def test_accepted_it_becomes_a_ticket_of_its_sender(client, letter):
    client.force_login(agent())

    page = change(client, letter, "accept").content.decode()

    ticket = Ticket.objects.get()
    assert ticket.requester.address == "eve@example.org"
    assert ticket.reference in page
    letter.refresh_from_db()
    assert letter.state == InboundEmail.State.DONE


def test_it_can_be_put_onto_a_ticket_of_ones_own_only(client, letter):
    mine, theirs = make_department("Mine"), make_department("Theirs")
    client.force_login(agent(departments=[mine]))
    own, foreign = system_ticket(department=mine), system_ticket(department=theirs)

    refused = change(client, letter, "put", reference=foreign.reference).content.decode()
    change(client, letter, "put", reference=own.reference.lower())

    assert "There is no ticket" in refused
    assert not foreign.replies.exists()
    assert own.replies.count() == 1


def test_a_blocked_sender_is_ignored_from_then_on(client, letter):
    client.force_login(agent())

    change(client, letter, "block")

    assert BlockedSender.objects.get().pattern == "eve@example.org"
    assert receive(HOSTILE.replace(b"eve-1", b"eve-2")) == InboundEmail.State.IGNORED


def test_a_deleted_letter_is_gone_from_the_list_and_does_not_come_back(client, letter):
    client.force_login(manager())

    page = change(client, letter, "discard").content.decode()

    assert "No letter is held." in page
    assert receive(HOSTILE) == InboundEmail.State.DUPLICATE


def test_a_second_click_is_told_that_somebody_was_here(client, letter):
    client.force_login(agent())
    change(client, letter, "discard")

    assert change(client, letter, "accept").status_code == 404
    assert not Ticket.objects.exists()


class TestManyAtOnce:
    @pytest.fixture
    def three(self, letter):
        found = [letter]
        for number in (2, 3):
            receive(
                HOSTILE.replace(b"eve-1", b"eve-%d" % number).replace(b"eve@", b"eve%d@" % number)
            )
            found.append(InboundEmail.objects.latest("received_at"))
        Ticket.objects.all().delete()
        InboundEmail.objects.update(state="held", reason="spam", ticket=None)
        return found

    def post(self, client, what, *letters):
        url = reverse("wagtail_escalated_admin:held_mail")
        data = {"what": what, "letter": [str(getattr(one, "pk", one)) for one in letters]}
        return client.post(url, data, follow=True)

    def test_marked_letters_are_deleted_and_the_others_stay(self, client, three):
        client.force_login(agent())
        page = self.post(client, "discard", *three[:2]).content.decode()
        assert "2 letters are done." in page
        assert set(InboundEmail.objects.filter(state="held")) == {three[2]}

    def test_senders_are_blocked_and_letters_accepted(self, client, three):
        client.force_login(agent())
        self.post(client, "block", three[0])
        self.post(client, "accept", *three[1:])
        assert BlockedSender.objects.get().pattern == "eve@example.org"
        assert Ticket.objects.count() == 2

    def test_one_that_cannot_be_is_named_and_keeps_back_no_other(self, client, three):
        InboundEmail.objects.filter(pk=three[0].pk).update(raw_key="", subject="The large one")
        client.force_login(agent())
        page = self.post(client, "accept", *three).content.decode()
        assert "The large one: This letter was too large" in page
        assert "2 letters are done." in page
        assert Ticket.objects.count() == 2

    def test_what_is_not_there_or_not_theirs_is_left_alone(self, client, three):
        foreign = system_ticket(department=make_department("Theirs"))
        InboundEmail.objects.filter(pk=three[0].pk).update(ticket=foreign)
        client.force_login(agent(departments=[make_department("Mine")]))
        page = self.post(client, "discard", three[0], "nonsense", "")
        assert "Select the letters first." in page.content.decode()
        assert InboundEmail.objects.filter(state="held").count() == 3
        assert self.post(client, "retry", three[1]).status_code == 404


def test_the_menu_says_how_many_wait(client, letter):
    client.force_login(agent())

    assert client.get(reverse("wagtail_escalated_admin:badges")).json()["held"] == "1"


def test_the_list_asks_as_often_for_many_as_for_few(client, letter):
    client.force_login(agent())
    url = reverse("wagtail_escalated_admin:held_mail")

    def another(number):
        letter.pk, letter.dedupe_key = None, None
        letter._state.adding = True
        letter.delivery_key = str(number)
        letter.save()

    def queries():
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    few = queries()
    for number in range(20):
        another(number)
    assert queries() == few
