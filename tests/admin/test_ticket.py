"""The ticket page and its buttons, entered by their URLs."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.admin.ticket.urls import BELOW
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.files import IncomingFile
from wagtail_escalated.models import CannedResponse, Draft, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def agent(sales):
    return factories.make_agent("ada", departments=(sales,), after_send="stay")


@pytest.fixture
def agent_client(client, agent):
    client.force_login(agent.user)
    return client


@pytest.fixture
def ticket(sales):
    return factories.make_ticket(department=sales)


def url_of(ticket, name="ticket", *args):
    return reverse(f"wagtail_escalated_admin:{name}", args=[ticket.reference, *args])


def page_of(client, ticket, query=""):
    response = client.get(url_of(ticket) + query)
    assert response.status_code == 200
    return response.content.decode()


def draftail(text, style=None):
    """What Draftail posts for one paragraph."""
    ranges = [{"offset": 0, "length": len(text), "style": style}] if style else []
    block = {
        "key": "aaaaa",
        "text": text,
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": ranges,
        "entityRanges": [],
    }
    return json.dumps({"blocks": [block], "entityMap": {}})


def send(client, ticket, text="Pull the plug.", query="", follow=True, **data):
    data = {"composer-kind": "reply", "composer-body": draftail(text)} | {
        f"composer-{name}": value for name, value in data.items()
    }
    return client.post(url_of(ticket) + query, data, follow=follow)


def change(client, ticket, what, **data):
    return client.post(url_of(ticket, "ticket_change", what), data, follow=True)


# Reading


def test_an_agent_reads_replies_and_notes_which_are_named(agent_client, ticket, agent):
    messages.reply(ticket, body="Pull the plug.", actor=agent.user)
    messages.add_note(ticket, body="The third this week.", actor=agent.user)
    page = page_of(agent_client, ticket)
    assert "It burns since this morning." in page
    assert "Pull the plug." in page
    note = re.search(r'<article class="esc-message esc-message--note.*?</article>', page, re.S)[0]
    assert "Internal note" in note
    assert "#icon-lock" in note
    assert "The third this week." in note


def test_the_reference_is_read_in_any_case(agent_client, ticket):
    url = url_of(ticket).replace(ticket.reference, ticket.reference.lower())
    assert agent_client.get(url).status_code == 200


ARGUMENTS = {
    "macro": 1,
    "what": "status",
    "reply": 1,
    "key": "t1",
    "uuid": "8c2f5d66-6b64-4f5c-93f3-2a1f6fd4b3ad",
}


@pytest.mark.parametrize("name", sorted(name for name, _view in BELOW.values()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_ticket_of_another_department_is_not_there(agent_client, name, method):
    theirs = factories.make_ticket(department=factories.make_department("Repairs"))
    path = next(path for path, (below, _view) in BELOW.items() if below == name)
    names = re.findall(r"<\w+:(\w+)>", path)
    arguments = [ARGUMENTS[one] for one in names]
    if name == "ticket_about":
        arguments = ["more"]
    response = getattr(agent_client, method)(url_of(theirs, name, *arguments))
    assert response.status_code == 404


@pytest.mark.parametrize("name", sorted(name for name, _view in BELOW.values()))
def test_who_only_reads_writes_nothing(client, sales, ticket, name):
    reader = factories.make_reader("rea", departments=(sales,))
    client.force_login(reader.user)
    path = next(path for path, (below, _view) in BELOW.items() if below == name)
    arguments = [ARGUMENTS[one] for one in re.findall(r"<\w+:(\w+)>", path)]
    before = Ticket.objects.values().get(pk=ticket.pk)
    data = {"status": "resolved", "composer-kind": "reply", "composer-body": draftail("Hello")}
    client.post(url_of(ticket, name, *arguments), data)
    assert Ticket.objects.values().get(pk=ticket.pk) == before
    assert ticket.replies.count() == 0


def test_a_reader_reads_without_composer(client, sales, ticket):
    client.force_login(factories.make_reader("rea", departments=(sales,)).user)
    page = page_of(client, ticket)
    assert "It burns since this morning." in page
    assert 'id="composer"' not in page


def test_html_is_shown_sanitised_and_remote_pictures_on_request(agent_client, sales, agent):
    html = '<p>Hi</p><script>alert(1)</script><img src="https://spy.example/p.png">'
    ticket = factories.make_ticket(department=sales, description=MessageBody.from_html(html))
    page = page_of(agent_client, ticket)
    assert "alert(1)" not in page
    assert "spy.example" not in page
    assert "Show them" in page
    shown = page_of(agent_client, ticket, f"?images=t{ticket.pk}")
    assert "https://spy.example/p.png" in shown


def test_a_picture_in_the_text_stands_in_its_place_and_not_in_the_list(agent_client, sales):
    picture = IncomingFile(
        name="fire.png", content=b"\x89PNG", content_type="image/png", content_id="f1", inline=True
    )
    body = MessageBody.from_html('<p>See</p><img src="cid:f1" alt="fire">')
    ticket = factories.make_ticket(department=sales, description=body, attachments=[picture])
    page = page_of(agent_client, ticket)
    row = ticket.attachments.get()
    assert f'src="/support/attachments/{row.uuid}/"' in page
    assert "fire.png" not in page


def test_the_original_shows_in_a_frame_that_may_do_nothing(agent_client, sales):
    html = "<p>Hi</p><script>alert(1)</script>"
    ticket = factories.make_ticket(department=sales, description=MessageBody.from_html(html))
    page = agent_client.get(url_of(ticket, "ticket_original", f"t{ticket.pk}")).content.decode()
    assert re.search(r"<iframe[^>]*\bsandbox\b", page)
    assert "alert(1)" not in page
    frame = agent_client.get(url_of(ticket, "ticket_original_frame", f"t{ticket.pk}"))
    assert frame.content.decode() == html
    assert frame["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_what_happened_is_told_between_the_messages(agent_client, ticket, agent):
    tickets.set_priority(ticket, "high", actor=agent.user)
    tickets.add_tags(ticket, ["fire"], actor=agent.user)
    page = page_of(agent_client, ticket)
    assert "2 changes" in page
    assert "changed the priority from Medium to High" in page


def test_a_ticket_with_200_messages_takes_at_most_20_queries(agent_client, ticket, agent):
    for number in range(200):
        if number % 4:
            messages.reply(ticket, body=f"Answer {number}", actor=agent.user)
        else:
            messages.add_note(ticket, body=f"Note {number}", actor=agent.user)
    page_of(agent_client, ticket)
    with CaptureQueriesContext(connection) as captured:
        page_of(agent_client, ticket)
    assert len(captured) <= 20, "\n".join(q["sql"][:250] for q in captured.captured_queries)


@pytest.mark.parametrize("what", ["more", "articles", "choices"])
def test_the_side_comes_a_moment_later(agent_client, ticket, what):
    factories.make_ticket(
        requester=ticket.requester, department=ticket.department, subject="An earlier printer"
    )
    page = agent_client.get(url_of(ticket, "ticket_about", what)).content.decode()
    assert {"more": "An earlier printer", "articles": "An earlier printer", "choices": "Sales"}[
        what
    ] in page


def test_earlier_and_similar_tickets_stay_within_the_agents_rights(agent_client, ticket):
    factories.make_ticket(
        requester=ticket.requester,
        department=factories.make_department("Repairs"),
        subject="Secret printer",
    )
    for what in ("more", "articles"):
        page = agent_client.get(url_of(ticket, "ticket_about", what)).content.decode()
        assert "Secret printer" not in page


# Writing


def test_a_reply_is_sent_with_its_text_files_and_copies(agent_client, ticket):
    upload = SimpleUploadedFile("plug.txt", b"pull here", content_type="text/plain")
    page = send(agent_client, ticket, cc="boss@example.net", files=upload).content.decode()
    reply = ticket.replies.get()
    assert reply.by_agent
    assert "Pull the plug." in reply.body
    assert reply.attachments.get().name == "plug.txt"
    assert ticket.copied.get().contact.address == "boss@example.net"
    assert "Reply sent." in page
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"


def test_formatting_survives(agent_client, ticket):
    block = draftail("Pull the plug.", style="BOLD")
    agent_client.post(
        url_of(ticket), {"composer-kind": "reply", "composer-body": block}, follow=True
    )
    assert "<b>Pull the plug.</b>" in ticket.replies.get().body_html


def test_a_note_stays_inside_and_moves_nothing(agent_client, ticket):
    send(agent_client, ticket, "Third this week.", kind="note", then="resolve")
    ticket.refresh_from_db()
    assert ticket.notes.get().body.strip() == "Third this week."
    assert ticket.replies.count() == 0
    assert ticket.status == "open"


@pytest.mark.parametrize(
    ("then", "status"), [("resolve", "resolved"), ("wait", "waiting_on_customer")]
)
def test_send_moves_the_ticket_as_the_button_says(agent_client, agent, ticket, then, status):
    send(agent_client, ticket, then=then)
    ticket.refresh_from_db()
    assert ticket.status == status
    agent.refresh_from_db()
    assert agent.preferences["send"] == then


def test_send_and_snooze(agent_client, ticket):
    send(agent_client, ticket, then="snooze", until="hours")
    ticket.refresh_from_db()
    assert ticket.snoozed_until > timezone.now()
    assert ticket.replies.count() == 1


def test_a_reply_that_cannot_be_snoozed_with_is_not_sent_either(agent_client, agent, ticket):
    tickets.set_status(ticket, "resolved", actor=agent.user)
    page = send(agent_client, ticket, then="snooze", until="hours").content.decode()
    assert "A resolved or closed ticket cannot be snoozed." in page
    assert "Pull the plug." in page
    assert ticket.replies.count() == 0


def test_a_moment_that_cannot_be_sends_nothing(agent_client, ticket):
    response = send(agent_client, ticket, then="snooze", until="yesterday")
    assert response.status_code == 422
    assert "Choose when it should come back." in response.content.decode()
    assert ticket.replies.count() == 0


@pytest.mark.parametrize("body", ["", "null", "{", "[]", '{"blocks": 3}', '{"blocks": [{}]}'])
def test_a_body_that_is_empty_or_no_draftail_is_said_to_be_empty(agent_client, ticket, body):
    response = agent_client.post(
        url_of(ticket), {"composer-kind": "reply", "composer-body": body}, follow=True
    )
    assert response.status_code == 422
    assert "Write something first." in response.content.decode()
    assert ticket.replies.count() == 0


def test_plain_text_is_taken_where_scripts_are_off(agent_client, ticket):
    agent_client.post(
        url_of(ticket), {"composer-kind": "reply", "composer-body_text": "Plain <b>text</b>"}
    )
    assert ticket.replies.get().body == "Plain <b>text</b>"


def test_somebody_is_taken_out_of_the_copies(agent_client, agent, ticket):
    messages.reply(ticket, body="Look.", actor=agent.user, cc=["boss@example.net"])
    page = page_of(agent_client, ticket)
    assert "Take boss@example.net out of the copies" in page
    key = re.search(r'form="esc-uncopy" name="contact" value="(\d+)"', page)[1]
    agent_client.post(url_of(ticket, "ticket_change", "uncopy"), {"contact": key})
    page = page_of(agent_client, ticket)
    assert "Take boss@example.net" not in page
    assert "removed boss@example.net as a follower" in page
    assert not ticket.copied.exists()


def test_a_stranger_takes_nobody_out_of_the_copies(client, agent, ticket):
    messages.reply(ticket, body="Look.", actor=agent.user, cc=["boss@example.net"])
    client.force_login(factories.make_agent("ben").user)
    key = ticket.copied.get().contact_id
    answer = client.post(url_of(ticket, "ticket_change", "uncopy"), {"contact": key})
    assert answer.status_code == 404
    assert ticket.copied.exists()


def test_a_wrong_address_in_copy_is_named_and_the_text_is_kept(agent_client, ticket):
    page = send(agent_client, ticket, "A long answer", cc="boss@@example").content.decode()
    assert "is not an email address" in page
    assert "A long answer" in page
    assert ticket.replies.count() == 0


def test_a_forbidden_file_is_named_and_nothing_is_sent(agent_client, ticket):
    upload = SimpleUploadedFile("run.exe", b"MZ", content_type="application/octet-stream")
    page = send(agent_client, ticket, files=upload).content.decode()
    assert "run.exe" in page
    assert ticket.replies.count() == 0


def test_a_reply_that_crosses_one_not_yet_seen_is_held_once(agent_client, ticket):
    messages.reply(ticket, body="It is out now.", actor=ticket.requester)
    held = send(agent_client, ticket, "Pull the plug!", last_seen="0")
    assert held.status_code == 409
    page = held.content.decode()
    assert "Somebody has replied meanwhile." in page
    assert "It is out now." in page
    assert "Pull the plug!" in page
    assert ticket.replies.count() == 1
    seen = re.search(r'name="composer-last_seen" value="(\d+)"', page)[1]
    send(agent_client, ticket, "Pull the plug!", last_seen=seen)
    assert ticket.replies.count() == 2


def test_a_reply_is_taken_back_by_its_undo(agent_client, ticket):
    page = send(agent_client, ticket).content.decode()
    undo = re.search(r'href="(/admin/support/undo/[^"]+)"', page)[1]
    assert "Taken back." in agent_client.post(undo, follow=True).content.decode()
    assert ticket.replies.count() == 0
    # What was written is in the composer again.
    assert "Pull the plug." in page_of(agent_client, ticket)


def take_back(client, page):
    undo = re.search(r'href="(/admin/support/undo/[^"]+)"', page.content.decode())[1]
    return client.post(undo, follow=True)


PROPERTIES_A_SEND_MOVES = (
    "status",
    "is_open",
    "status_changed_at",
    "resolved_at",
    "closed_at",
    "snoozed_until",
    "snoozed_by",
    "first_response_at",
    "next_due_at",
    "reply_count",
    "last_message_preview",
)


@pytest.mark.parametrize("snoozed", [False, True])
@pytest.mark.parametrize("then", ["send", "resolve", "wait", "snooze"])
def test_one_undo_takes_back_all_that_one_click_on_send_did(
    agent_client, agent, ticket, then, snoozed
):
    if snoozed:
        tickets.snooze(ticket, timezone.now() + timedelta(hours=1), actor=agent.user)
    before = Ticket.objects.values(*PROPERTIES_A_SEND_MOVES).get(pk=ticket.pk)
    page = send(agent_client, ticket, then=then, cc="boss@example.net")
    assert Ticket.objects.values(*PROPERTIES_A_SEND_MOVES).get(pk=ticket.pk) != before
    take_back(agent_client, page)
    assert Ticket.objects.values(*PROPERTIES_A_SEND_MOVES).get(pk=ticket.pk) == before
    assert not ticket.copied.exists()
    history = page_of(agent_client, ticket)
    assert "took a reply back before it left" in history


def test_a_held_reply_sent_again_is_taken_back_to_what_was_then(agent_client, ticket):
    send(agent_client, ticket, then="resolve")
    asked = messages.reply(ticket, body="It is out now.", actor=ticket.requester)
    held = send(agent_client, ticket, "Keep it.", then="resolve", last_seen="0")
    assert held.status_code == 409
    assert Ticket.objects.get(pk=ticket.pk).status == "reopened"
    page = send(agent_client, ticket, "Keep it.", then="resolve", last_seen=str(asked.pk))
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"
    take_back(agent_client, page)
    assert Ticket.objects.get(pk=ticket.pk).status == "reopened"
    assert [reply.body for reply in ticket.replies.all()] == ["Pull the plug.", "It is out now."]


def test_what_others_did_since_outlives_the_undo(agent_client, ticket):
    manager = factories.make_manager()
    page = send(agent_client, ticket, then="resolve")
    tickets.set_status(ticket, "closed", actor=manager)
    tickets.set_priority(ticket, "critical", actor=manager)
    take_back(agent_client, page)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.reply_count) == ("closed", 4, 0)
    assert ticket.resolved_at is not None


def test_a_note_written_meanwhile_does_not_keep_the_status_from_coming_back(agent_client, ticket):
    page = send(agent_client, ticket, then="resolve")
    messages.add_note(ticket, body="Too early!", actor=factories.make_manager())
    take_back(agent_client, page)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at, ticket.note_count) == ("open", None, 1)


def test_who_reopens_and_resolves_meanwhile_keeps_it_resolved(agent_client, ticket):
    page = send(agent_client, ticket, then="resolve")
    manager = factories.make_manager()
    for status in ("reopened", "resolved"):
        tickets.set_status(ticket, status, actor=manager)
    take_back(agent_client, page)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reply_count) == ("resolved", 0)


@pytest.mark.parametrize("after", ["next", "list", "stay"])
def test_after_sending_comes_what_the_agent_prefers(agent_client, agent, sales, after):
    agent.after_send = after
    agent.save()
    second = factories.make_ticket(department=sales)
    first = factories.make_ticket(department=sales)
    response = send(agent_client, first, query="?open=true&view=all", follow=False)
    expected = {
        "next": url_of(second),
        "stay": url_of(first),
        "list": reverse("wagtail_escalated_admin:inbox"),
    }[after]
    assert response.url == f"{expected}?open=true&view=all"


def test_mentions_reach_colleagues_and_nobody_else(agent_client, ticket, sales):
    ben = factories.make_agent("ben", departments=(sales,))
    customer = factories.make_customer("carla")
    mentions = f"{ben.user.pk},{customer.pk},nonsense"
    send(agent_client, ticket, "@ben look", kind="note", mentions=mentions)
    assert list(ticket.notes.get().mentions.all()) == [ben.user]


def test_a_draft_is_kept_per_agent_and_gone_when_it_is_sent(agent_client, agent, ticket):
    draft = url_of(ticket, "ticket_draft")
    agent_client.post(draft, {"kind": "reply", "body": draftail("Half a thou")})
    agent_client.post(draft, {"kind": "reply", "body": draftail("Half a thought")})
    assert Draft.objects.get().user == agent.user
    assert "Half a thought" in page_of(agent_client, ticket)
    send(agent_client, ticket, "A whole thought")
    assert not Draft.objects.exists()


def test_an_emptied_draft_is_deleted(agent_client, ticket):
    draft = url_of(ticket, "ticket_draft")
    agent_client.post(draft, {"kind": "reply", "body": draftail("Half a thought")})
    agent_client.post(draft, {"kind": "reply", "body": draftail("")})
    assert not Draft.objects.exists()


def test_canned_responses_come_filled_in_and_escaped(agent_client, agent, sales):
    requester = factories.make_contact("eve@example.net", "Eve <b>Bold</b>")
    ticket = factories.make_ticket(department=sales, requester=requester)
    CannedResponse.objects.create(
        title="Greeting",
        body="Hello {{ requester.name }}, about {{ ticket.reference }} in {{ department.name }}",
    )
    CannedResponse.objects.create(title="Bens", body="x", owner=factories.make_agent("ben").user)
    found = agent_client.get(url_of(ticket, "ticket_suggest") + "?what=canned&q=").json()
    assert [one["title"] for one in found["results"]] == ["Greeting"]
    assert f"{ticket.reference} in {sales.name}" in found["results"][0]["html"]
    assert "&lt;b&gt;" in found["results"][0]["html"]
    agent_client.post(url_of(ticket, "ticket_suggest"), {"id": found["results"][0]["id"]})
    assert CannedResponse.objects.get(title="Greeting").use_count == 1


# Changing


@pytest.mark.parametrize(
    ("what", "data", "field", "value"),
    [
        ("status", {"status": "escalated"}, "status", "escalated"),
        ("priority", {"priority": "high"}, "priority", 2),
        ("type", {"type": "incident"}, "type", "incident"),
        ("subject", {"subject": "A new subject"}, "subject", "A new subject"),
        ("spam", {}, "is_spam", True),
        ("department", {"department": ""}, "department", None),
    ],
)
def test_each_property_is_changed_in_place(agent_client, ticket, what, data, field, value):
    assert change(agent_client, ticket, what, **data).status_code == 200
    ticket.refresh_from_db()
    assert getattr(ticket, field) == value


def test_a_change_is_taken_back_by_its_undo(agent_client, ticket):
    page = change(agent_client, ticket, "priority", priority="critical").content.decode()
    assert "Priority: Critical." in page
    undo = re.search(r'href="(/admin/support/undo/[^"]+)"', page)[1]
    assert 'method="post"' in agent_client.get(undo).content.decode()
    ticket.refresh_from_db()
    assert ticket.priority == 4  # looking at it changes nothing
    agent_client.post(undo)
    ticket.refresh_from_db()
    assert ticket.priority == 1


def test_assign_to_me_and_to_nobody(agent_client, agent, ticket):
    change(agent_client, ticket, "assign", agent="me")
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    change(agent_client, ticket, "assign", agent="")
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_what_an_action_refuses_is_said_in_a_sentence(agent_client, agent, ticket):
    tickets.set_status(ticket, "closed", actor=agent.user)
    page = change(agent_client, ticket, "status", status="in_progress").content.decode()
    assert "A ticket cannot go from" in page
    stranger = factories.make_agent("ben")
    page = change(agent_client, ticket, "assign", agent=stranger.pk).content.decode()
    assert "is not an agent of the department" in page


def test_tags_are_added_and_removed(agent_client, ticket):
    change(agent_client, ticket, "tag", tags="fire, Printer")
    assert set(ticket.tags.values_list("name", flat=True)) == {"fire", "Printer"}
    change(agent_client, ticket, "untag", tag=ticket.tags.get(name="fire").pk)
    assert set(ticket.tags.values_list("name", flat=True)) == {"Printer"}


def test_links_lead_only_to_tickets_the_agent_may_see(agent_client, sales, ticket):
    other = factories.make_ticket(department=sales, subject="Other fire")
    theirs = factories.make_ticket(department=factories.make_department("Repairs"))
    url = url_of(ticket, "ticket_link")
    agent_client.post(url, {"other": other.reference.lower(), "kind": "related"})
    response = agent_client.post(url, {"other": theirs.reference, "kind": "related"})
    assert "There is no such ticket" in response.content.decode()
    assert ticket.links.count() == 1
    more = agent_client.get(url_of(ticket, "ticket_about", "more")).content.decode()
    assert "Other fire" in more


def test_merge_and_link_suggest_the_requesters_tickets_and_those_alike(agent_client, sales, ticket):
    theirs = factories.make_ticket(department=sales, requester=ticket.requester, subject="A kettle")
    alike = factories.make_ticket(department=sales, subject=ticket.subject)
    hidden = factories.make_ticket(department=factories.make_department("Repairs"))
    for name in ("ticket_merge", "ticket_link"):
        page = agent_client.get(url_of(ticket, name)).content.decode()
        offered = re.findall(r'href="\?other=([^"]+)"', page)
        assert offered == [theirs.reference, alike.reference]
        assert hidden.reference not in page
        chosen = agent_client.get(url_of(ticket, name), {"other": theirs.reference})
        assert f'value="{theirs.reference}"' in chosen.content.decode()


def test_merge_leads_on_and_is_undone(agent_client, sales, ticket):
    into = factories.make_ticket(
        department=sales, requester=ticket.requester, description="More smoke."
    )
    messages.reply(ticket, body="And flames.", actor=ticket.requester)
    response = agent_client.post(
        url_of(ticket, "ticket_merge"), {"other": into.reference}, follow=True
    )
    page = response.content.decode()
    assert response.redirect_chain[-1][0] == url_of(into)
    assert page.index("It burns since") < page.index("More smoke.") < page.index("And flames.")
    assert into.reference in page_of(agent_client, ticket)
    agent_client.post(re.search(r'href="(/admin/support/undo/[^"]+)"', page)[1])
    ticket.refresh_from_db()
    assert ticket.merged_into is None


def test_a_merge_of_different_people_is_asked_about(agent_client, sales, ticket):
    into = factories.make_ticket(department=sales)
    url = url_of(ticket, "ticket_merge")
    page = agent_client.post(url, {"other": into.reference}).content.decode()
    assert "asked by different people" in page
    agent_client.post(url, {"other": into.reference, "different_requesters": "on"})
    ticket.refresh_from_db()
    assert ticket.merged_into == into


def test_a_reply_is_split_into_a_ticket_of_its_own(agent_client, ticket):
    reply = messages.reply(ticket, body="By the way, the toaster, too.", actor=ticket.requester)
    url = url_of(ticket, "ticket_split", reply.pk)
    agent_client.post(url, {"subject": "The toaster"})
    fresh = Ticket.objects.get(subject="The toaster")
    assert "toaster, too" in fresh.description
    assert ticket.replies.count() == 1


def test_a_reply_of_another_ticket_is_not_split(agent_client, sales, ticket):
    other = factories.make_ticket(department=sales)
    reply = messages.reply(other, body="Elsewhere", actor=other.requester)
    response = agent_client.post(
        url_of(ticket, "ticket_split", reply.pk), {"subject": "The toaster"}
    )
    assert response.status_code == 404


def test_only_managers_delete(agent_client, client, ticket):
    agent_client.post(url_of(ticket, "ticket_delete"))
    assert Ticket.objects.filter(pk=ticket.pk).exists()
    client.force_login(factories.make_manager("mira"))
    client.post(url_of(ticket, "ticket_delete"))
    assert not Ticket.objects.filter(pk=ticket.pk).exists()


def test_snooze_presets_and_any_moment(agent_client, ticket):
    change(agent_client, ticket, "snooze", until="tomorrow")
    ticket.refresh_from_db()
    assert timezone.localtime(ticket.snoozed_until).strftime("%H:%M") == "09:00"
    change(agent_client, ticket, "snooze", until="2099-01-01T12:00")
    ticket.refresh_from_db()
    assert ticket.snoozed_until.year == 2099
    change(agent_client, ticket, "unsnooze")
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


@pytest.mark.parametrize("until", ["", "whenever", "2001-01-01T00:00", "9999-99-99T00:00"])
def test_a_moment_that_is_past_or_malformed_is_refused(agent_client, ticket, until):
    change(agent_client, ticket, "snooze", until=until)
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None


def test_who_else_is_here_is_told(client, ticket, agent, sales):
    ben = factories.make_agent("ben", departments=(sales,))
    url = url_of(ticket, "ticket_presence")
    client.force_login(ben.user)
    client.post(url, {"state": "writing", "version": "1"})
    client.force_login(agent.user)
    answer = client.post(url, {"state": "viewing", "version": "1"}).json()
    assert [one["state"] for one in answer["others"]] == ["writing"]
    client.force_login(ben.user)
    client.post(url, {"state": "gone"})
    client.force_login(agent.user)
    assert client.post(url, {"state": "viewing"}).json()["others"] == []


def test_the_history_is_filtered(agent_client, ticket, agent):
    tickets.set_priority(ticket, "high", actor=agent.user)
    url = url_of(ticket, "ticket_history")
    assert "opened the ticket" in agent_client.get(url).content.decode()
    page = agent_client.get(url + "?kind=priority").content.decode()
    assert "changed the priority" in page
    assert "opened the ticket" not in page


def test_each_entry_of_the_history_says_what_was_and_what_is(agent_client, agent, ticket):
    manager = factories.make_manager()
    repairs = factories.make_department("Repairs")
    other = factories.make_ticket(department=ticket.department)
    tickets.link(ticket, other, "child_of", actor=manager)
    tickets.unlink(ticket, other, "child_of", actor=manager)
    tickets.set_subject(ticket, "Smoke", actor=manager)
    tickets.set_type(ticket, "incident", actor=manager)
    tickets.set_department(ticket, repairs, actor=manager)
    tickets.set_department(ticket, None, actor=manager)
    page = agent_client.get(url_of(ticket, "ticket_history")).content.decode()
    for sentence in (
        f"linked it: Child of {other.reference}",
        f"removed the link: Child of {other.reference}",
        "from “My printer is on fire” to “Smoke”",
        "changed the type from Question to Incident",
        "moved it from Sales to Repairs",
        "moved it from Repairs to no department",
    ):
        assert sentence in page, sentence
    page = agent_client.get(url_of(other, "ticket_history")).content.decode()
    assert f"linked it: Parent of {ticket.reference}" in page
    assert f"removed the link: Parent of {ticket.reference}" in page


@pytest.mark.parametrize("kind", ["child_of", "incident_of", "duplicate_of"])
def test_a_circle_of_links_is_refused_by_name(agent_client, agent, sales, ticket, kind):
    first, second = (factories.make_ticket(department=sales) for _ in range(2))
    tickets.link(first, second, kind, actor=agent.user)
    tickets.link(second, ticket, kind, actor=agent.user)
    page = change(agent_client, ticket, "link", other=first.reference, kind=kind).content.decode()
    assert f"{first.reference} already leads to {ticket.reference} by such links." in page
    page = change(agent_client, ticket, "link", other=ticket.reference, kind=kind).content.decode()
    assert "A ticket cannot be linked to itself." in page


def test_what_cannot_be_merged_says_why(agent_client, agent, sales, ticket):
    url = url_of(ticket, "ticket_merge")
    page = agent_client.post(url, {"other": ticket.reference}, follow=True).content.decode()
    assert "A ticket cannot be merged into itself." in page
    into, third = (
        factories.make_ticket(department=sales, requester=ticket.requester) for _ in range(2)
    )
    tickets.merge(into, third, actor=agent.user)
    page = agent_client.post(url, {"other": into.reference}, follow=True).content.decode()
    assert f"{into.reference} is merged already." in page
    assert Ticket.objects.get(pk=ticket.pk).merged_into is None


def test_a_print_leaves_notes_out_unless_asked(agent_client, ticket, agent):
    messages.add_note(ticket, body="The third this week.", actor=agent.user)
    url = url_of(ticket, "ticket_print")
    assert "The third this week." not in agent_client.get(url).content.decode()
    assert "The third this week." in agent_client.get(url + "?notes=1").content.decode()


def test_an_agent_opens_a_ticket_for_somebody(agent_client, sales):
    agent_client.post(
        "/admin/support/tickets/new/",
        {
            "email": "New@Example.net",
            "name": "Nina",
            "subject": "Called about a kettle",
            "description": "It whistles.",
            "department": sales.pk,
            "priority": "low",
        },
    )
    ticket = Ticket.objects.get()
    assert (ticket.requester.address, ticket.channel) == ("new@example.net", "agent")
