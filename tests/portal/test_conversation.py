"""A customer's own tickets, and nothing of anybody else's."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    make_agent,
    make_contact,
    make_customer,
    make_department,
    make_editor,
    make_manager,
    make_reader,
    make_ticket,
)
from wagtail_escalated.actions import assignment, guests, messages, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Rating, Ticket

pytestmark = pytest.mark.django_db

STEPS = ("reply", "close", "reopen", "rate")


@pytest.fixture
def ann():
    return make_customer("ann")


@pytest.fixture
def ticket(ann):
    return make_ticket(requester=ann, actor=ann)


def url(step, ticket):
    return reverse(f"wagtail_escalated:ticket_{step}", args=[ticket.reference])


def visible(reply):
    """As if the time to take it back were over."""
    type(reply).objects.filter(pk=reply.pk).update(visible_at=None)
    return reply


def test_a_customer_reads_their_ticket_in_either_case(client, ann, ticket):
    client.force_login(ann)
    for reference in (ticket.reference, ticket.reference.lower()):
        page = client.get(reverse("wagtail_escalated:ticket_conversation", args=[reference]))
        assert page.status_code == 200
        assert "It burns since this morning." in page.text


@pytest.mark.parametrize(
    "stranger",
    [
        None,
        make_customer,
        make_editor,
        make_manager,
        lambda: make_agent().user,
        lambda: make_reader().user,
    ],
    ids=["anonymous", "customer", "editor", "manager", "agent", "reader"],
)
def test_anybody_else_gets_a_404_that_says_no_more_than_that_of_no_ticket(client, ticket, stranger):
    if stranger:
        client.force_login(stranger())
    theirs = client.get(url("conversation", ticket))
    missing = client.get(reverse("wagtail_escalated:ticket_conversation", args=["ESC-2604-000000"]))
    assert theirs.status_code == missing.status_code == 404
    said = theirs.text.replace(ticket.reference, "ESC-2604-000000")
    assert said == missing.text
    for step in STEPS:
        assert client.post(url(step, ticket), {"body": "x", "score": "1"}).status_code == 404
    ticket.refresh_from_db()
    assert (ticket.reply_count, ticket.status) == (0, "open")


def test_a_customer_answers_with_a_file_and_what_else_they_send_is_ignored(client, ann, ticket):
    client.force_login(ann)
    sent = client.post(
        url("reply", ticket),
        {
            "body": "One more thing",
            "files": SimpleUploadedFile("notes.txt", b"hello"),
            "status": "closed",
            "author": "root",
            "created_at": "2001-01-01",
            "by_agent": "1",
            "requester": "1",
        },
    )
    assert sent.status_code == 302
    reply = ticket.replies.get()
    assert (reply.body, reply.by_agent, reply.author_contact) == (
        "One more thing",
        False,
        ann.escalated_contact,
    )
    assert reply.created_at.year > 2001
    ticket.refresh_from_db()
    assert ticket.status == "open"
    page = client.get(sent.url)
    assert "Your answer was sent." in page.text
    assert "notes.txt" in page.text


def test_an_empty_answer_is_told_at_its_field_and_keeps_nothing(client, ann, ticket):
    client.force_login(ann)
    page = client.post(url("reply", ticket), {"body": "  "})
    assert page.status_code == 400
    assert "Write something first." in page.text
    assert 'aria-invalid="true"' in page.text
    assert not ticket.replies.exists()


def test_a_refused_file_is_told_and_the_words_stay_in_the_form(client, ann, ticket):
    client.force_login(ann)
    page = client.post(
        url("reply", ticket),
        {"body": "See the program", "files": SimpleUploadedFile("run.exe", b"MZ\x90\x00")},
    )
    assert page.status_code == 400
    assert "run.exe" in page.text
    assert "See the program" in page.text
    assert not ticket.replies.exists()


def test_notes_their_files_and_their_names_never_show(client, ann, ticket):
    agent = make_agent()
    messages.add_note(
        ticket,
        body="secret thought",
        actor=agent.user,
        attachments=[SimpleUploadedFile("secret-name.txt", b"hidden")],
    )
    client.force_login(ann)
    page = client.get(url("conversation", ticket)).text
    assert "secret" not in page
    found = client.get(reverse("wagtail_escalated:tickets"), {"q": "secret thought"})
    assert ticket.reference not in found.text
    file = ticket.attachments.get()
    assert client.get(reverse("wagtail_escalated:attachment", args=[file.uuid])).status_code == 404


def test_a_reply_that_may_still_be_taken_back_shows_only_when_it_has_left(
    client, ann, ticket, settings
):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 60}
    agent = make_agent()
    reply = messages.reply(ticket, body="Pull the plug", actor=agent.user)
    client.force_login(ann)
    assert "Pull the plug" not in client.get(url("conversation", ticket)).text
    assert (
        ticket.reference not in client.get(reverse("wagtail_escalated:tickets"), {"q": "plug"}).text
    )
    visible(reply)
    assert "Pull the plug" in client.get(url("conversation", ticket)).text
    assert ticket.reference in client.get(reverse("wagtail_escalated:tickets"), {"q": "plug"}).text


def test_hostile_html_is_shown_without_what_makes_it_hostile(client, ann, ticket):
    from wagtail_escalated.bodies import MessageBody

    html = '<p onclick="x()">Hi<script>alert(1)</script><img src="https://spy.example/p.gif"></p>'
    messages.reply(ticket, body=MessageBody.from_html(html), actor=ann)
    client.force_login(ann)
    page = client.get(url("conversation", ticket)).text
    assert "<p>Hi" in page
    assert "alert(1)" not in page
    assert "spy.example" not in page


def test_a_customer_closes_and_reopens(client, ann, ticket):
    client.force_login(ann)
    assert client.post(url("close", ticket)).status_code == 302
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    client.post(url("reopen", ticket))
    ticket.refresh_from_db()
    assert ticket.status == "reopened"
    assert "Reopened" in client.get(url("conversation", ticket)).text


def test_where_customers_may_not_close_there_is_no_button_and_no_way(client, ann, ticket, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "ALLOW_CUSTOMER_CLOSE": False}
    client.force_login(ann)
    assert url("close", ticket) not in client.get(url("conversation", ticket)).text
    assert client.post(url("close", ticket)).status_code == 404
    ticket.refresh_from_db()
    assert ticket.status == "open"


@pytest.mark.parametrize(("days_ago", "opens_anew"), [(29, False), (31, True)])
def test_an_answer_to_one_that_was_closed_long_ago_opens_a_new_linked_one(
    client, ann, ticket, settings, days_ago, opens_anew
):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "REOPEN_WINDOW_DAYS": 30}
    tickets.set_status(ticket, "closed", actor=SYSTEM)
    Ticket.objects.update(closed_at=timezone.now() - timedelta(days=days_ago))
    client.force_login(ann)
    page = client.post(url("reply", ticket), {"body": "Still burning."}, follow=True)
    newest = Ticket.objects.latest("pk")
    assert (newest.pk != ticket.pk) == opens_anew
    assert newest.reference in page.redirect_chain[-1][0]
    ticket.refresh_from_db()
    if opens_anew:
        assert (ticket.status, ticket.reply_count) == ("closed", 0)
        assert (newest.description, newest.status) == ("Still burning.", "open")
        assert newest.links.get().kind == "follow_up" and newest.links.get().other == ticket
    else:
        assert ticket.status == "reopened"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"MAX_ATTACHMENTS": 1}, "A message takes at most 1 file."),
        ({"MAX_ATTACHMENT_MB": 1}, "The file is larger than 1 MB."),
    ],
)
def test_more_or_larger_files_than_the_settings_allow_are_refused(
    client, ann, ticket, settings, limits, why
):
    client.force_login(ann)
    files = [SimpleUploadedFile(f"{name}.txt", b"x" * 1_200_000) for name in "ab"]
    sent = {"body": "See both.", "files": files}
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, **limits}
    refused = client.post(url("reply", ticket), sent)
    assert refused.status_code == 400
    assert why in refused.text
    assert not ticket.replies.exists()
    settings.WAGTAIL_ESCALATED = {}
    for file in files:
        file.seek(0)
    assert client.post(url("reply", ticket), sent).status_code == 302
    assert ticket.attachments.count() == 2


def test_nothing_changes_by_get(client, ann, ticket):
    client.force_login(ann)
    for step in STEPS:
        assert client.get(url(step, ticket)).status_code == 405


def test_a_solved_ticket_is_rated_once_and_shown(client, ann, ticket):
    client.force_login(ann)
    assert url("rate", ticket) not in client.get(url("conversation", ticket)).text
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    assert url("rate", ticket) in client.get(url("conversation", ticket)).text
    client.post(url("rate", ticket), {"score": "4", "comment": "quick"})
    assert (ticket.rating.score, ticket.rating.comment) == (4, "quick")
    page = client.get(url("conversation", ticket)).text
    assert "4 of 5" in page
    assert url("rate", ticket) in page, "it can be changed for an hour"
    Rating.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert url("rate", ticket) not in client.get(url("conversation", ticket)).text


def test_the_history_shows_public_words_and_no_inner_doings(client, ann, ticket):
    agent = make_agent()
    assignment.assign(ticket, agent, actor=agent.user)
    tickets.set_priority(ticket, "urgent", actor=agent.user)
    tickets.add_tags(ticket, ["angry"], actor=agent.user)
    client.force_login(ann)
    page = client.get(url("conversation", ticket)).text
    assert "We are working on it" in page
    for inside in ("angry", "urgent", "Urgent", str(agent), "escalated_widget"):
        assert inside not in page


def test_a_merged_ticket_leads_to_where_it_goes_on(client, ann, ticket):
    agent = make_agent()
    other = make_ticket(requester=ann, actor=ann, subject="Again", description="Still burning")
    tickets.merge(ticket, other, actor=agent.user)
    client.force_login(ann)
    answer = client.get(url("conversation", ticket))
    assert answer.status_code == 302
    assert answer.url == url("conversation", other)
    page = client.get(answer.url).text
    assert "It burns since this morning." in page
    assert "Still burning" in page


def test_the_list_shows_only_ones_own_filters_and_finds(client, ann, ticket):
    other = make_ticket(requester=ann, actor=ann, subject="Coffee machine", description="Cold")
    foreign = make_ticket(subject="Not hers")
    tickets.set_status(other, "resolved", actor=SYSTEM)
    client.force_login(ann)
    address = reverse("wagtail_escalated:tickets")
    everything = client.get(address).text
    assert ticket.reference in everything
    assert other.reference in everything
    assert foreign.reference not in everything
    solved = client.get(address, {"state": "solved"}).text
    assert other.reference in solved
    assert ticket.reference not in solved
    found = client.get(address, {"q": "burns"}).text
    assert ticket.reference in found
    assert other.reference not in found
    assert client.get(address, {"q": "\x00%_'\"", "p": "zero", "state": "x"}).status_code == 200


def test_the_list_takes_the_same_number_of_queries_for_3_rows_and_for_20(client, ann, ticket):
    client.force_login(ann)
    address = reverse("wagtail_escalated:tickets")

    def count():
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        return len(caught)

    for _ in range(2):
        make_ticket(requester=ann, actor=ann)
    count()  # Django and Wagtail remember sites and types
    few = count()
    for _ in range(17):
        make_ticket(requester=ann, actor=ann)
    assert count() == few


def test_the_list_asks_strangers_to_log_in(client):
    answer = client.get(reverse("wagtail_escalated:tickets"))
    assert answer.status_code == 302
    assert "next=" in answer.url


def test_colleagues_see_each_others_tickets_only_where_the_organisation_shares(client, ann, ticket):
    from wagtail_escalated.models import Organisation

    ben = make_customer("ben")
    company = Organisation.objects.create(name="Acme", domains=[])
    for user in (ann, ben):
        user.escalated_contact.organisation = company
        user.escalated_contact.save()
    client.force_login(ben)
    assert client.get(url("conversation", ticket)).status_code == 404
    company.shares_tickets = True
    company.save()
    assert client.get(url("conversation", ticket)).status_code == 200
    assert client.post(url("close", ticket)).status_code == 404
    assert ticket.reference in client.get(reverse("wagtail_escalated:tickets")).text


def test_without_the_portal_its_pages_are_gone_and_files_still_come(client, ann, ticket, settings):
    messages.reply(
        ticket, body="See", actor=ann, attachments=[SimpleUploadedFile("a.txt", b"hello")]
    )
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UI_ENABLED": False}
    client.force_login(ann)
    assert client.get(url("conversation", ticket)).status_code == 404
    assert client.get(reverse("wagtail_escalated:tickets")).status_code == 404
    file = ticket.attachments.get()
    assert client.get(reverse("wagtail_escalated:attachment", args=[file.uuid])).status_code == 200


def test_a_guests_page_is_of_one_ticket_and_its_link_writes_nothing(client):
    contact = make_contact("guest@example.net", "Gus")
    ticket = make_ticket(requester=contact)
    other = make_ticket(requester=contact, subject="The other one")
    token = guests.create_link(ticket, by_mail=True)
    link = ticket.guest_links.get()
    page = client.get(reverse("wagtail_escalated:guest_conversation", args=[token]))
    assert page.status_code == 200
    assert other.reference not in page.text
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    link.refresh_from_db()
    contact.refresh_from_db()
    assert link.last_used_at is None
    assert contact.proved_at is None


def test_a_guest_answers_by_a_mailed_link_and_has_proved_the_address(client):
    contact = make_contact("guest@example.net", "Gus")
    ticket = make_ticket(requester=contact)
    token = guests.create_link(ticket, by_mail=True)
    client.post(reverse("wagtail_escalated:guest_reply", args=[token]), {"body": "Hello again"})
    assert ticket.replies.get().author_contact == contact
    contact.refresh_from_db()
    assert contact.proved_at is not None


def test_a_link_that_was_not_mailed_proves_nothing(client):
    contact = make_contact("guest@example.net")
    ticket = make_ticket(requester=contact)
    token = guests.create_link(ticket, by_mail=False)
    client.post(reverse("wagtail_escalated:guest_reply", args=[token]), {"body": "Hello again"})
    contact.refresh_from_db()
    assert contact.proved_at is None


def test_dead_changed_and_invented_links_open_nothing_and_look_the_same(client, time_machine):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=True)
    bad = [token[:-1], token.upper(), token + "a", "x", "%00", "a" * 500, ticket.reference]
    pages = []
    for one in bad:
        answer = client.get(f"/support/guest/{one}/")
        assert answer.status_code == 404
        pages.append(answer.text)
    assert len(set(pages)) == 1
    time_machine.move_to(timezone.now() + guests.LIFETIME)
    assert client.get(f"/support/guest/{token}/").text == pages[0]


def test_only_a_hash_of_the_token_is_kept(client):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=True)
    assert len(token) >= 22  # 128 bits and more
    link = ticket.guest_links.get()
    assert token not in str(link.__dict__)


def test_a_link_ends_when_the_ticket_gets_another_requester(client):
    ticket = make_ticket()
    token = guests.create_link(ticket, by_mail=True)
    tickets.set_requester(ticket, make_contact("new@example.net"), actor=make_manager())
    assert client.get(f"/support/guest/{token}/").status_code == 404


def test_a_department_is_shown_by_name_alone(client, ann):
    ticket = make_ticket(requester=ann, actor=ann, department=make_department("Repairs"))
    client.force_login(ann)
    assert "Repairs" in client.get(url("conversation", ticket)).text
