"""The form of the widget, and a request read and answered there."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import default_site, make_agent, make_contact, make_department, make_ticket
from tests.widget.conftest import ORIGIN
from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.models import Attachment, Contact, GuestLink, Reply, Ticket

pytestmark = pytest.mark.django_db

FORM = {"name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water\nall over"}
KEY = "0123456789abcdef0123456789abcdef"


def test_a_form_with_files_becomes_a_ticket_and_its_token_opens_it(ask):
    repairs = make_department("Repairs")
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    answer = ask.post("tickets", FORM | {"department": repairs.pk, "files": files})
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"reference", "token"}
    ticket = Ticket.objects.get(reference=told["reference"])
    assert (ticket.channel, ticket.department, ticket.proved) == ("widget", repairs, False)
    assert ticket.requester.address == "ann@example.net"
    assert ticket.events.get(kind="created").door == "widget"
    seen = ask.get(f"tickets/{told['reference']}", token=told["token"]).json()
    assert seen["subject"] == "Leak"
    assert seen["messages"][0]["mine"]
    assert [file["name"] for file in seen["messages"][0]["files"]] == ["a.txt", "b.txt"]


def test_json_does_as_well(ask, client):
    answer = client.post(
        "/support/widget/tickets", json.dumps(FORM), "application/json", headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 201


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"[" * 100_000, b"\xff\xfe"])
def test_broken_json_is_a_400_and_nothing_stored(ask, client, body):
    answer = client.post(
        "/support/widget/tickets", body, "application/json", headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 400
    assert not Ticket.objects.exists()


def test_wrong_types_and_nul_bytes_are_told_at_their_fields(ask, client):
    bad = FORM | {"subject": ["x"], "body": {"a": 1}, "name": "A\0nn"}
    answer = client.post(
        "/support/widget/tickets", json.dumps(bad), "application/json", headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"subject", "body"}
    assert ask.post("tickets", FORM | {"subject": "a\0b"}).status_code == 201
    assert Ticket.objects.get().subject == "ab"


@pytest.mark.parametrize("field", ["name", "email", "subject", "body"])
def test_a_blank_field_is_told_at_the_field(ask, field):
    answer = ask.post("tickets", FORM | {field: "  "})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}
    assert not Contact.objects.exists()


def test_a_refused_file_is_told_and_nothing_is_stored(ask):
    answer = ask.post("tickets", FORM | {"files": SimpleUploadedFile("run.exe", b"MZ\x90")})
    assert answer.status_code == 400
    assert "run.exe" in answer.json()["errors"]["files"][0]
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_too_many_files_are_refused(ask):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]
    assert "files" in ask.post("tickets", FORM | {"files": files}).json()["errors"]


def test_a_body_beyond_all_limits_is_413_before_it_is_read(ask, client):
    answer = client.post(
        "/support/widget/tickets", FORM, headers={"Origin": ORIGIN, "Content-Length": str(10**9)}
    )
    assert answer.status_code == 413


def test_status_assignee_requester_and_times_in_the_payload_are_ignored(ask):
    victim = make_contact("victim@example.net")
    ask.post(
        "tickets",
        FORM
        | {
            "status": "closed",
            "assignee": "1",
            "requester": victim.pk,
            "token": "x",
            "created_at": "2001-01-01",
            "priority": "critical",
            "proved": "1",
            "channel": "email",
        },
    )
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.priority, ticket.proved, ticket.channel) == (
        "open",
        1,
        False,
        "widget",
    )
    assert ticket.requester.address == "ann@example.net"
    assert ticket.created_at.year > 2001


def test_known_and_unknown_addresses_are_answered_alike(ask):
    make_ticket(requester=make_contact("known@example.net", "Known"))
    known = ask.post("tickets", FORM | {"email": "known@example.net"})
    unknown = ask.post("tickets", FORM | {"email": "unknown@example.net"})
    assert known.status_code == unknown.status_code == 201
    assert known.json().keys() == unknown.json().keys()
    # The new token opens the new request and shows nothing of what was there before.
    old = Ticket.objects.get(subject="My printer is on fire")
    assert ask.get(f"tickets/{old.reference}", token=known.json()["token"]).status_code == 404


def test_the_same_key_makes_one_ticket_however_often_it_is_sent(ask):
    answers = [ask.post("tickets", FORM | {"key": KEY}).json() for _ in range(3)]
    assert len({answer["reference"] for answer in answers}) == 1
    assert Ticket.objects.count() == 1
    for answer in answers:
        assert ask.get(f"tickets/{answer['reference']}", token=answer["token"]).status_code == 200
    ask.post("tickets", FORM | {"key": "f" * 32})
    assert Ticket.objects.count() == 2


def test_a_short_key_that_somebody_could_guess_counts_for_nothing(ask):
    for _ in range(2):
        ask.post("tickets", FORM | {"key": "1"})
    assert Ticket.objects.count() == 2


def test_a_form_that_failed_may_be_sent_again_under_its_key(ask):
    assert ask.post("tickets", FORM | {"key": KEY, "body": ""}).status_code == 400
    assert ask.post("tickets", FORM | {"key": KEY}).status_code == 201


def test_a_machine_that_fills_the_hidden_field_hears_yes_and_nothing_is_written(ask):
    answer = ask.post("tickets", FORM | {"website": "http://spam.example"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"reference", "token"}
    assert not Ticket.objects.exists()
    assert not Contact.objects.exists()


def test_a_reply_reaches_the_ticket_once_per_key(ask):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=False)
    agent = make_agent()
    tickets.set_status(ticket, "waiting_on_customer", actor=agent.user)
    for _ in range(2):
        answer = ask.post(
            f"tickets/{ticket.reference}/replies",
            {"body": "It still burns", "key": KEY, "files": SimpleUploadedFile("c.txt", b"3")},
            token=token,
        )
        assert answer.status_code == 201
    reply = ticket.replies.get()
    assert (reply.channel, reply.by_agent) == ("widget", False)
    assert reply.author_contact == ticket.requester
    ticket.refresh_from_db()
    assert ticket.status == "waiting_on_agent"
    assert answer.json()["messages"][-1]["files"][0]["name"] == "c.txt"


def test_an_agents_reply_shows_when_it_has_left_and_a_note_never(ask):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=False)
    agent = make_agent()
    messages.add_note(ticket, body="secret", actor=agent.user)
    reply = messages.reply(
        ticket,
        body=MessageBody.from_html("<p>Pull <b>the</b> plug<script>x</script></p>"),
        actor=agent.user,
    )
    seen = ask.get(f"tickets/{ticket.reference}", token=token)
    assert "plug" not in seen.text
    Reply.objects.filter(pk=reply.pk).update(visible_at=None)
    seen = ask.get(f"tickets/{ticket.reference}", token=token)
    assert seen.json()["messages"][1]["body"] == [["p", {}, "Pull ", ["b", {}, "the"], " plug"]]
    assert "secret" not in seen.text
    assert "script" not in seen.text


def test_an_unchanged_ticket_is_a_304(ask):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=False)
    first = ask.get(f"tickets/{ticket.reference}", token=token)
    again = ask.get(f"tickets/{ticket.reference}", token=token, **{"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again["Access-Control-Allow-Origin"] == ORIGIN


def test_files_come_by_the_header_and_only_the_tickets_own(ask):
    ticket = make_ticket(attachments=[SimpleUploadedFile("mine.txt", b"mine")])
    other = make_ticket(attachments=[SimpleUploadedFile("other.txt", b"other")])
    token = guests.create_link(ticket, by_mail=False)
    mine = ask.get(f"tickets/{ticket.reference}/files/{ticket.attachments.get().uuid}", token=token)
    assert b"".join(mine.streaming_content) == b"mine"
    assert mine["Content-Disposition"].startswith("attachment")
    foreign = f"tickets/{ticket.reference}/files/{other.attachments.get().uuid}"
    assert ask.get(foreign, token=token).status_code == 404


def test_reading_with_a_token_marks_nothing(ask):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=True)
    ask.get(f"tickets/{ticket.reference}", token=token)
    assert GuestLink.objects.get().last_used_at is None


def test_a_ticket_of_another_site_is_not_answered_here(ask):
    from wagtail.models import Site

    other = Site.objects.create(hostname="other.example", root_page=default_site().root_page)
    ticket = make_ticket(site=other)
    token = guests.create_link(ticket, by_mail=False)
    assert ask.get(f"tickets/{ticket.reference}", token=token).status_code == 404


def test_the_language_and_zone_of_the_first_request_are_remembered_and_never_overwritten(ask):
    ask.post("tickets?locale=de", FORM | {"time_zone": "Europe/Vienna"})
    contact = Contact.objects.get()
    assert (contact.locale, contact.time_zone) == ("de", "Europe/Vienna")
    ask.post("tickets?locale=fr", FORM | {"time_zone": "Asia/Tokyo"})
    contact.refresh_from_db()
    assert (contact.locale, contact.time_zone) == ("de", "Europe/Vienna")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "x" * 500])
def test_a_zone_that_is_none_is_left_out(ask, zone):
    assert ask.post("tickets", FORM | {"time_zone": zone}).status_code == 201
    assert Contact.objects.get().time_zone == ""
