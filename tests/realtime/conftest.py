"""A person's browser, as far as live updates see it: a session cookie and a socket."""

import asyncio
import contextlib
import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import Client
from django.urls import reverse

from tests.asgi import application
from wagtail_escalated.realtime import hub

ORIGIN = (b"origin", b"http://testserver")


@pytest.fixture(autouse=True)
def relay_often(monkeypatch):
    monkeypatch.setattr(hub, "RELAY_SECONDS", 0.1)


@pytest.fixture(autouse=True)
async def nothing_stays_open():
    yield
    for open_hub in list(hub.hubs.values()):
        open_hub.stop()
        open_hub._thread.shutdown()
    await sync_to_async(connections.close_all)()


def cookie_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


class Socket(WebsocketCommunicator):
    async def hears(self, *, within=10.0):
        return json.loads(await self.receive_from(within))

    async def hears_nothing(self, *, for_seconds=0.4):
        return await self.receive_nothing(for_seconds, 0.02)

    async def closes(self, *, within=10.0):
        """The code with which it is closed."""
        async with asyncio.timeout(within):
            while (message := await self.receive_output(within))["type"] != "websocket.close":
                pass
        return message["code"]

    async def watch(self, ticket, **more):
        await self.send_to(json.dumps({"watch": ticket and ticket.reference, **more}))


def socket(cookie="", headers=(), path="", app=application):
    cookies = [(b"cookie", f"sessionid={cookie}".encode())] if cookie else []
    path = path or reverse("wagtail_escalated:events_socket")
    return Socket(app, path, headers=[ORIGIN, (b"host", b"testserver"), *cookies, *headers])


@contextlib.asynccontextmanager
async def connected(user, **options):
    cookie = await sync_to_async(cookie_of)(user)
    communicator = socket(cookie, **options)
    accepted, code = await communicator.connect(timeout=10)
    assert accepted, f"the socket was refused with {code}"
    try:
        yield communicator
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await communicator.disconnect()


@pytest.fixture
def people(transactional_db):
    """Two departments with an agent each, and two customers with a ticket each."""
    from tests.factories import make_agent, make_customer, make_department, make_ticket

    class People:
        sales, repairs = make_department("Sales"), make_department("Repairs")
        seller = make_agent("seller", departments=(sales,))
        mender = make_agent("mender", departments=(repairs,))
        ann, bob = make_customer("ann"), make_customer("bob")

    People.ticket = make_ticket(requester=People.ann, actor=People.ann, department=People.sales)
    People.other = make_ticket(requester=People.bob, actor=People.bob, department=People.repairs)
    return People
