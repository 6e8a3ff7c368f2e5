"""What waits for a person: seen with its reason, taken on, put onto a ticket, blocked, deleted."""

import pytest
from django.core.exceptions import PermissionDenied

from tests.factories import (
    make_contact,
    make_department,
    make_editor,
    make_manager,
    make_reader,
    make_ticket,
)
from tests.mail.letters import PDF, deliver, letter
from tests.mail.test_who_wrote_this import to_ticket
from wagtail_escalated.mail import held
from wagtail_escalated.models import BlockedSender, InboundEmail, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(department):
    return make_ticket(requester=make_contact("ann@customer.example"), department=department)


@pytest.fixture
def row(client, ticket, agent):
    """An agent's answer that nothing proves."""
    message = to_ticket(
        ticket,
        "agatha@example.com",
        files=[("list.pdf", "application/pdf", PDF)],
        html="<p>An <b>answer</b>.</p>",
    )
    return InboundEmail.objects.get(pk=deliver(client, message)["id"])


@pytest.fixture
def stranger(client):
    """A letter whose sender's domain disowns it."""
    answer = deliver(client, letter(sender="eve@evil.example", subject="Hello"))
    Ticket.objects.filter(reference=answer["ticket"]).update(is_spam=True)
    InboundEmail.objects.filter(pk=answer["id"]).update(state="held", reason="spam", ticket=None)
    return InboundEmail.objects.get(pk=answer["id"])


def test_it_says_why(row):
    assert "nothing proves" in held.why(row)
    assert held.read(row).text == "An answer.\n"
    assert held.original(row).startswith(b"From: agatha@example.com")


def test_who_sees_it(row, stranger, agent):
    assert set(held.waiting_for(agent.user)) == {row, stranger}
    assert set(held.waiting_for(make_manager())) == {row, stranger}
    elsewhere = make_department("Elsewhere")
    from tests.factories import make_agent

    assert set(held.waiting_for(make_agent("otto", departments=(elsewhere,)).user)) == {stranger}
    for other in (make_editor(), make_reader(departments=(elsewhere,)).user):
        assert not held.waiting_for(other).exists()


def test_put_onto_its_ticket_it_is_the_agents_reply(row, ticket, agent):
    reply = held.put_onto(row, ticket, actor=agent.user)
    assert (reply.by_agent, reply.author_user, reply.body) == (True, agent.user, "An answer.")
    assert reply.attachments.get().name == "list.pdf"
    row.refresh_from_db()
    assert (row.state, row.reply, row.ticket) == ("done", reply, ticket)


def test_a_strangers_letter_put_onto_a_ticket_is_theirs_and_unproved(stranger, ticket, agent):
    reply = held.put_onto(stranger, ticket, actor=agent.user)
    assert not reply.by_agent
    assert not reply.proved
    assert reply.author_contact.address == "eve@evil.example"


def test_accepted_as_new_it_is_a_ticket_of_its_senders(stranger, agent):
    ticket = held.accept_as_new(stranger, actor=agent.user)
    assert ticket.requester.address == "eve@evil.example"
    assert not ticket.proved
    stranger.refresh_from_db()
    assert (stranger.state, stranger.reason) == ("done", "accepted_by_hand")


def test_a_second_click_finds_it_gone(stranger, agent):
    held.accept_as_new(stranger, actor=agent.user)
    with pytest.raises(held.NotHeld):
        held.accept_as_new(stranger, actor=agent.user)
    with pytest.raises(held.NotHeld):
        held.discard(stranger, actor=agent.user)


def test_a_blocked_sender_is_ignored_from_then_on(client, stranger, agent):
    held.block_sender(stranger, actor=agent.user)
    assert BlockedSender.objects.get().pattern == "eve@evil.example"
    stranger.refresh_from_db()
    assert (stranger.state, stranger.reason) == ("ignored", "blocked_sender")
    assert deliver(client, letter(sender="Eve <EVE@evil.example>"))["reason"] == "blocked_sender"


def test_deleted_it_does_not_come_back(client, row, agent, ticket):
    held.discard(row, actor=agent.user)
    raw = held.original(row)
    again = deliver(client, b"Received: again\n" + raw)
    assert InboundEmail.objects.get(pk=again["id"]).state == "duplicate"
    assert not ticket.replies.exists()


@pytest.mark.parametrize("person", [make_editor, lambda: make_reader().user])
def test_who_does_not_work_on_tickets_may_do_nothing(stranger, ticket, person):
    user = person()
    for action in (
        lambda: held.accept_as_new(stranger, actor=user),
        lambda: held.put_onto(stranger, ticket, actor=user),
        lambda: held.block_sender(stranger, actor=user),
        lambda: held.discard(stranger, actor=user),
        lambda: held.try_again(stranger, actor=user),
    ):
        with pytest.raises(PermissionDenied):
            action()


def test_onto_a_ticket_of_another_department_it_cannot_be_put(stranger, agent):
    foreign = make_ticket(department=make_department("Elsewhere"))
    with pytest.raises(PermissionDenied):
        held.put_onto(stranger, foreign, actor=agent.user)


def test_what_was_too_large_can_only_be_deleted(agent):
    from django.utils import timezone

    row = InboundEmail.objects.create(
        provider="postmark", state="held", reason="too_large", received_at=timezone.now()
    )
    with pytest.raises(held.NotHeld):
        held.read(row)
    held.discard(row, actor=agent.user)


def test_without_a_sender_it_can_be_put_onto_a_ticket_as_a_note(client, ticket, agent):
    answer = deliver(client, b"Subject: hi\n\nHello\n")
    row = InboundEmail.objects.get(pk=answer["id"])
    with pytest.raises(held.NotHeld):
        held.accept_as_new(row, actor=agent.user)
    note = held.put_onto(row, ticket, actor=agent.user)
    assert note.body == "Hello"
    assert not ticket.replies.exists()


def test_tried_again_it_goes_the_whole_way(stranger, agent, client):
    Ticket.objects.update(is_spam=False)
    assert held.try_again(stranger, actor=agent.user) == "done"
