"""``events/stream/``: Server-Sent Events through the ASGI application."""

import asyncio
import contextlib
import json

import pytest
from asgiref.sync import sync_to_async as in_thread
from asgiref.testing import ApplicationCommunicator
from django.urls import reverse
from django.utils import timezone

from tests.asgi import application
from tests.factories import make_ticket
from wagtail_escalated.actions import guests, messages
from wagtail_escalated.realtime import hub, streams, versions

from .conftest import cookie_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


class Stream:
    """A client of Server-Sent Events: its status, and one parsed event after the other."""

    def __init__(self, query="", headers=()):
        self.communicator = ApplicationCommunicator(
            application,
            {
                "type": "http",
                "http_version": "1.1",
                "method": "GET",
                "scheme": "http",
                "path": reverse("wagtail_escalated:events_stream"),
                "raw_path": b"",
                "root_path": "",
                "query_string": query.encode(),
                "headers": [(b"host", b"testserver"), *headers],
                "client": ["127.0.0.1", 1],
                "server": ["127.0.0.1", 80],
            },
        )

    async def open(self):
        await self.communicator.send_input({"type": "http.request", "body": b""})
        start = await self.communicator.receive_output(10)
        self.headers = dict(start["headers"])
        if start["status"] != 200:
            await self.communicator.wait(5)
        return start["status"]

    async def next(self, within=10):
        """The next block as a dict of its fields."""
        while True:
            message = await self.communicator.receive_output(within)
            block = message["body"].decode()
            if block:
                lines = [line.partition(": ") for line in block.strip().split("\n")]
                return {name: value for name, _colon, value in lines if name}

    async def pair(self, within=20):
        async with asyncio.timeout(within):  # heartbeats alone are no answer
            while "data" not in (block := await self.next()):
                pass
        return json.loads(block["data"])

    async def silent(self, seconds=0.4):
        return await self.communicator.receive_nothing(seconds, 0.02)

    async def close(self):
        await self.communicator.send_input({"type": "http.disconnect"})
        with contextlib.suppress(asyncio.CancelledError):
            await self.communicator.wait(5)


async def headers_of(user):
    return [(b"cookie", f"sessionid={await in_thread(cookie_of)(user)}".encode())]


@contextlib.asynccontextmanager
async def streaming(user=None, query="", headers=()):
    stream = Stream(query, [*(await headers_of(user) if user else []), *headers])
    assert await stream.open() == 200
    stream.first = await stream.next()
    yield stream
    await stream.close()


async def test_a_change_arrives_with_a_cursor_as_its_id(people):
    async with streaming(people.seller.user) as stream:
        assert stream.headers[b"Content-Type"].startswith(b"text/event-stream")
        assert stream.first["retry"] == "3000"
        await in_thread(messages.reply)(people.ticket, body="More.", actor=people.ann)
        block = await stream.next()
        assert json.loads(block["data"]) == {"ticket": people.ticket.reference, "version": 2}
        versions.cursor_from(block["id"])
    assert not hub.hubs, "a closed stream is let go"


async def test_whoever_comes_back_with_the_last_id_gets_what_was_missed(people):
    async with streaming(people.ann) as stream:
        last = stream.first["id"]
    await in_thread(messages.reply)(people.ticket, body="Meanwhile.", actor=people.ann)
    async with streaming(people.ann, headers=[(b"last-event-id", last.encode())]) as stream:
        assert await stream.pair() == {"ticket": people.ticket.reference, "version": 2}
        assert await stream.silent()
    async with streaming(people.ann, query=f"after={last}&ticket={people.ticket.reference}") as one:
        assert await one.pair() == {"ticket": people.ticket.reference, "version": 2}


async def test_a_customers_stream_is_silent_about_notes_and_strangers(people):
    async with streaming(people.ann) as stream:
        await in_thread(messages.add_note)(people.ticket, body="Hm.", actor=people.seller.user)
        await in_thread(messages.reply)(people.other, body="Me too.", actor=people.bob)
        assert await stream.silent()


async def test_one_ticket_alone(people):
    second = await in_thread(make_ticket)(requester=people.ann, actor=people.ann)
    async with streaming(people.ann, query=f"ticket={second.reference}") as stream:
        await in_thread(messages.reply)(people.ticket, body="First.", actor=people.ann)
        await in_thread(messages.reply)(second, body="Second.", actor=people.ann)
        assert await stream.pair() == {"ticket": second.reference, "version": 2}


async def test_a_guest_streams_the_ticket_of_the_link(people):
    token = await in_thread(guests.create_link)(people.ticket, by_mail=True)
    async with streaming(headers=[(b"x-guest-token", token.encode())]) as stream:
        await in_thread(messages.reply)(people.ticket, body="Hi.", actor=people.ann)
        assert await stream.pair() == {"ticket": people.ticket.reference, "version": 2}


async def test_refusals_have_their_codes(people, monkeypatch):
    cookie = await headers_of(people.ann)
    assert await Stream().open() == 401
    assert await Stream(headers=[(b"x-guest-token", b"wrong")]).open() == 401
    assert await Stream(f"ticket={people.other.reference}", cookie).open() == 404
    assert await Stream("after=nonsense", cookie).open() == 400
    monkeypatch.setattr(hub, "MOST_PER_PERSON", 0)
    assert await Stream("", cookie).open() == 429
    assert not hub.hubs


async def test_a_silent_stream_has_a_heartbeat(people, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.1)
    async with streaming(people.ann) as stream:
        assert set(await stream.next()) == {"id"}


async def test_logging_out_ends_the_stream(people, monkeypatch):
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.1)
    async with streaming(people.ann) as stream:
        await in_thread(_log_everybody_out)()
        message = await stream.communicator.receive_output(10)
        assert not message.get("more_body", False)


def _log_everybody_out():
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


async def test_the_time_of_a_cursor_is_now_less_the_overlap(people):
    async with streaming(people.ann) as stream:
        back = timezone.now() - versions.cursor_from(stream.first["id"]).at
        assert back.total_seconds() == pytest.approx(10, abs=5)
