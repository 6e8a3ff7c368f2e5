"""The socket: who may hear what, and when it ends."""

import json
import re

import pytest
from asgiref.sync import sync_to_async as in_thread
from autobahn.exception import Disconnected
from django.test import Client, override_settings
from django.urls import reverse

from tests.asgi import application
from tests.factories import make_editor, make_manager, make_ticket, permission_named
from wagtail_escalated.actions import assignment, guests, messages, status, tickets
from wagtail_escalated.realtime import hub

from .conftest import connected, cookie_of, socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def pair(ticket, version):
    return {"ticket": ticket.reference, "version": version}


async def test_an_agent_hears_of_a_change_and_of_nothing_that_is_in_it(people):
    async with connected(people.seller.user) as agent:
        await in_thread(messages.reply)(people.ticket, body="It still burns.", actor=people.ann)
        assert await agent.hears() == pair(people.ticket, 2)
        assert await agent.hears_nothing()


async def test_an_agent_hears_nothing_of_another_departments_tickets(people):
    async with connected(people.mender.user) as agent:
        await in_thread(messages.reply)(people.ticket, body="It still burns.", actor=people.ann)
        assert await agent.hears_nothing()


async def test_a_customer_hears_of_their_own_ticket_by_its_public_version(people):
    agent = people.seller.user
    async with connected(people.ann) as ann, connected(people.bob) as bob:
        await in_thread(messages.add_note)(people.ticket, body="Rude.", actor=agent)
        assert await ann.hears_nothing()
        await in_thread(messages.reply)(people.ticket, body="Which printer?", actor=agent)
        assert await ann.hears() == pair(people.ticket, 2)
        assert await bob.hears_nothing()


async def test_a_note_right_after_the_first_letter_is_not_heard_by_a_customer(people):
    async with connected(people.ann) as ann:
        await in_thread(tickets.set_priority)(people.ticket, "urgent", actor=people.seller.user)
        await in_thread(tickets.add_tags)(people.ticket, ["vip"], actor=people.seller.user)
        assert await ann.hears_nothing()


async def test_two_tabs_hear_it_and_closing_one_leaves_the_other(people):
    async with connected(people.seller.user) as first:
        async with connected(people.seller.user) as second:
            await in_thread(messages.reply)(people.ticket, body="One.", actor=people.ann)
            assert await first.hears() == await second.hears() == pair(people.ticket, 2)
        await in_thread(messages.reply)(people.ticket, body="Two.", actor=people.ann)
        assert await first.hears() == pair(people.ticket, 3)


async def test_what_changed_between_the_page_and_its_socket_is_told_first(people):
    page = await in_thread(cursor_of_the_inbox)(people.seller.user)
    await in_thread(messages.reply)(people.ticket, body="Meanwhile.", actor=people.ann)
    path = f"{reverse('wagtail_escalated:events_socket')}?after={page}"
    async with connected(people.seller.user, path=path) as agent:
        assert await agent.hears() == pair(people.ticket, 2)
        assert await agent.hears_nothing()
        await in_thread(messages.reply)(people.ticket, body="And now.", actor=people.ann)
        assert await agent.hears() == pair(people.ticket, 3)
    async with connected(people.mender.user, path=path) as stranger:
        assert await stranger.hears() == pair(people.other, 1)
        assert await stranger.hears_nothing()


def cursor_of_the_inbox(user):
    client = Client()
    client.force_login(user)
    page = client.get(reverse("wagtail_escalated_admin:inbox")).content.decode()
    return re.search(r'data-esc-live-cursor-value="([^"]+)"', page)[1]


async def test_a_cursor_that_nobody_gave_out_is_not_understood(people):
    path = f"{reverse('wagtail_escalated:events_socket')}?after=%00!"
    async with connected(people.ann, path=path) as ann:
        assert await ann.hears() == {"error": "not understood"}
        await in_thread(status.set_status)(people.ticket, "closed", actor=people.seller.user)
        assert await ann.hears() == pair(people.ticket, 2)


async def test_watching_one_ticket_tells_its_version_and_leaves_out_the_others(people):
    manager = await in_thread(make_manager)()
    async with connected(manager) as agent:
        await agent.watch(people.ticket)
        assert await agent.hears() == pair(people.ticket, 1)
        await in_thread(messages.reply)(people.other, body="Mine too.", actor=people.bob)
        assert await agent.hears_nothing()
        await agent.watch(None)
        assert await agent.hears_nothing()  # until it has been taken in
        await in_thread(messages.reply)(people.other, body="Hello?", actor=people.bob)
        assert await agent.hears() == pair(people.other, 3)


async def test_watching_a_foreign_or_unknown_ticket_says_not_found(people):
    async with connected(people.ann) as ann:
        for reference in (people.other.reference, "ESC-0000-000000", "\x00"):
            await ann.send_to(json.dumps({"watch": reference}))
            assert await ann.hears() == {"ticket": reference, "error": "not found"}


async def test_what_is_not_understood_is_said_so(people):
    strange = ["nonsense", "[]", "{}", '{"watch": 1}', '{"watch": null, "state": "x"}', "[" * 900]
    async with connected(people.ann) as ann:
        for text in strange:
            await ann.send_to(text)
            assert await ann.hears() == {"error": "not understood"}


async def test_strangers_are_refused(people):
    editor = await in_thread(make_editor)()
    for cookie in ("", "forged", await in_thread(cookie_of)(editor)):
        accepted, _code = await socket(cookie).connect(10)
        assert not accepted


async def test_a_foreign_origin_is_refused(people):
    cookie = await in_thread(cookie_of)(people.seller.user)
    communicator = socket(cookie)
    communicator.scope["headers"] = [
        (b"origin", b"https://evil.example") if name == b"origin" else (name, value)
        for name, value in communicator.scope["headers"]
    ]
    assert not (await communicator.connect(10))[0]


async def test_lost_rights_end_the_socket_at_the_next_change(people):
    user = people.seller.user
    async with connected(user) as agent:
        await in_thread(user.user_permissions.remove)(
            await in_thread(permission_named)("wagtail_escalated.work_tickets")
        )
        await in_thread(messages.reply)(people.ticket, body="Hello?", actor=people.ann)
        assert await agent.closes() == 4403


async def test_a_moved_ticket_is_no_longer_heard_of(people):
    manager = await in_thread(make_manager)()
    async with connected(people.seller.user) as agent:
        await agent.watch(people.ticket)
        assert await agent.hears() == pair(people.ticket, 1)
        await in_thread(tickets.set_department)(people.ticket, people.repairs, actor=manager)
        gone = {"ticket": people.ticket.reference, "error": "not found"}
        assert await agent.hears() == gone
        await in_thread(messages.reply)(people.ticket, body="Hello?", actor=people.ann)
        assert await agent.hears_nothing()


async def test_logging_out_ends_the_socket(people, monkeypatch):
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.2)
    client = Client()
    await in_thread(client.force_login)(people.ann)
    communicator = socket(client.cookies["sessionid"].value)
    assert (await communicator.connect(10))[0]
    await in_thread(client.logout)()
    assert await communicator.closes() == 4401


async def test_a_changed_password_ends_the_sockets_of_the_old_one(people, monkeypatch):
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.2)
    async with connected(people.ann) as ann:
        people.ann.set_password("another")
        await in_thread(people.ann.save)()
        assert await ann.closes() == 4401


async def test_more_sockets_than_anybody_needs_are_refused(people, monkeypatch):
    monkeypatch.setattr(hub, "MOST_PER_PERSON", 1)
    async with connected(people.ann) as first:
        second = socket(await in_thread(cookie_of)(people.ann))
        assert (await second.connect(10))[0]
        assert await second.closes() == 4429
        await in_thread(messages.reply)(people.ticket, body="More.", actor=people.ann)
        assert await first.hears() == pair(people.ticket, 2)


async def test_a_guest_hears_of_the_ticket_of_their_link_alone(people):
    contact = people.ticket.requester
    second = await in_thread(make_ticket)(requester=contact)
    token = await in_thread(guests.create_link)(people.ticket, by_mail=True)
    guest = socket(headers=[(b"x-guest-token", token.encode())])
    assert (await guest.connect(10))[0]
    await in_thread(messages.reply)(second, body="Other.", actor=contact)
    await in_thread(messages.reply)(people.ticket, body="This.", actor=contact)
    assert await guest.hears() == pair(people.ticket, 2)
    assert await guest.hears_nothing()
    await guest.disconnect()


async def test_a_wrong_guest_token_is_refused(people):
    assert not (await socket(headers=[(b"x-guest-token", b"wrong")]).connect(10))[0]


async def test_without_a_ping_the_relay_finds_the_change(people):
    """What another process changed, with a layer that does not reach it."""
    with override_settings(WAGTAIL_ESCALATED={"REALTIME_ENABLED": True}):
        async with connected(people.seller.user) as agent:
            with override_settings(WAGTAIL_ESCALATED={"REALTIME_ENABLED": False}):
                await in_thread(messages.reply)(people.ticket, body="Quiet.", actor=people.ann)
            assert await agent.hears() == pair(people.ticket, 2)
            assert await agent.hears_nothing()


@override_settings(WAGTAIL_ESCALATED={"REALTIME_ENABLED": False})
async def test_switched_off_there_are_no_sockets(people):
    cookie = await in_thread(cookie_of)(people.seller.user)
    assert not (await socket(cookie).connect(10))[0]


async def test_the_hub_stops_with_the_last_socket(people):
    async with connected(people.ann), connected(people.bob):
        assert len(hub.hubs) == 1
    assert not hub.hubs


async def test_the_reply_that_leaves_later_is_heard_when_it_leaves(people):
    reply = await in_thread(messages.reply)(people.ticket, body="Soon.", actor=people.seller.user)
    async with connected(people.ann) as ann:
        assert await ann.hears_nothing()
        await in_thread(messages.release_due)(reply.visible_at)
        assert await ann.hears() == pair(people.ticket, 3)


async def test_a_bulk_assignment_is_heard_of_ticket_by_ticket(people):
    more = [
        await in_thread(make_ticket)(
            requester=people.ann, actor=people.ann, department=people.sales
        )
        for _number in range(5)
    ]
    async with connected(people.seller.user) as agent:
        await in_thread(assignment.bulk_assign)(more, people.seller, actor=people.seller.user)
        heard = {(await agent.hears())["ticket"] for _ticket in more}
        assert heard == {ticket.reference for ticket in more}
        assert await agent.hears_nothing()


@pytest.mark.parametrize("server_raises", [OSError, Disconnected])
async def test_a_window_that_closes_while_it_is_answered_is_no_error(people, server_raises):
    async def closing_server(scope, receive, send):
        async def send_to_closed(message):
            if message["type"] == "websocket.send":
                raise server_raises("the other side is gone")
            await send(message)

        await application(scope, receive, send_to_closed)

    cookie = await in_thread(cookie_of)(people.seller.user)
    agent = socket(cookie, app=closing_server)
    assert (await agent.connect(timeout=10))[0]
    await agent.watch(people.ticket)
    # Its farewell is still understood, and the application ends without an error.
    await agent.disconnect()
    await agent.wait(timeout=10)
    assert agent.future.exception() is None
