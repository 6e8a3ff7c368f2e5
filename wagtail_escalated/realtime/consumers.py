"""The socket. It says ``{"ticket": "<reference>", "version": n}`` and nothing of what is in the ticket.

The client may say ``{"watch": "<reference>"}`` to hear of one ticket alone (it is told the present version at
once) and ``{"watch": null}`` to hear of all again. An agent may add ``"state"``: ``viewing`` or ``writing``, and
is told who else does: ``{"ticket": …, "present": [{"name", "state"}]}``. A ticket that is not there, or not
theirs, or no longer: ``{"ticket": …, "error": "not found"}``.

With ``?after=<cursor>`` in its address it begins with what changed since then, as the stream does.

Close codes: 4401 the session or link is over, 4403 no right, 4408 too slow to read, 4429 too many.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from wagtail_escalated.conf import desk_settings

from . import presence
from .hub import TooManyReaders, changed_for, hub_here, look_at, not_found, reading
from .identity import NO_RIGHT, SIGNED_OUT, TOO_MANY, Account, Guest, Identity, of_session
from .readers import Reader
from .versions import cursor_from

try:
    from autobahn.exception import Disconnected  # below daphne
except ImportError:
    Disconnected = OSError

#: What servers raise where the other side left a moment ago (ASGI says ``OSError``); its farewell follows.
LEFT = (OSError, Disconnected)
IDLE_SECONDS = 60.0
LONGEST_MESSAGE = 1000
#: Messages that a client may send in a minute.
MOST_PER_MINUTE = 120


class EventsConsumer(AsyncWebsocketConsumer):
    #: No layer of this name: the hub listens once for all sockets, and none of them ends with Redis.
    channel_layer_alias = "escalated: the hub listens"
    reader: Reader | None = None
    pump: asyncio.Task[None] | None = None
    received: int = 0
    minute: float = 0.0

    async def connect(self) -> None:
        identity = self._identity()
        if identity is None or not desk_settings.REALTIME_ENABLED:
            await self.close(SIGNED_OUT if identity is None else NO_RIGHT)
            return
        self.stack = contextlib.AsyncExitStack()
        try:
            self.reader = await self.stack.enter_async_context(reading(identity))
        except TooManyReaders:
            # Accepted first: the browser is not told the code of a socket that never opened.
            await self.accept()
            await self.close(TOO_MANY)
            return
        if self.reader.closed is not None:
            await self.close(self.reader.closed)
            return
        await self.accept()
        await self._tell_missed(identity)
        self.pump = asyncio.get_running_loop().create_task(self._pump(self.reader))

    async def disconnect(self, code: int) -> None:
        if self.pump is not None:
            self.pump.cancel()
        if self.reader is not None:
            await self._say_state(self.reader, presence.GONE)
            await self.stack.aclose()
        raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._too_many():
            await self.close(TOO_MANY)
            return
        said = understood(text_data)
        if said is None or self.reader is None:
            await self._send({"error": "not understood"})
            return
        await self._watch(self.reader, said["watch"])
        await self._say_state(self.reader, said.get("state"))

    def _identity(self) -> Identity | None:
        headers = dict(self.scope["headers"])
        token = headers.get(b"x-guest-token", b"").decode("latin-1")
        if token:
            return Guest(token)
        return of_session(self.scope.get("user"), self.scope.get("session"))

    async def _tell_missed(self, identity: Identity) -> None:
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        after = query.get("after", [""])[0]
        if not after:
            return
        try:
            since = cursor_from(after)
        except ValueError:
            await self._send({"error": "not understood"})
            return
        for pair in await hub_here().ask(changed_for, identity, since):
            await self._send(pair.as_json())

    async def _watch(self, reader: Reader, reference: str | None) -> None:
        before = reader.watched
        if reference is None:
            await self._say_state(reader, presence.GONE)
            reader.watched = None
            return
        pair = await hub_here().ask(look_at, reader.identity, reference)
        if before is not None and (pair is None or pair.pk != before.pk):
            await self._say_state(reader, presence.GONE)
        reader.watch(pair)
        again = pair is not None and before is not None and pair.pk == before.pk
        if not again:
            await self._send(pair.as_json() if pair else not_found(reference))

    async def _say_state(self, reader: Reader, state: str | None) -> None:
        watched, identity = reader.watched, reader.identity
        if state and watched and watched.inside and isinstance(identity, Account):
            await hub_here().ask(presence.say, watched.pk, identity.user_key, state)

    async def _pump(self, reader: Reader) -> None:
        while reader.closed is None:
            message = await reader.next(IDLE_SECONDS)
            if message is not None:
                await self._send(message)
        await self.close(reader.closed)

    async def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(*LEFT):
            await self.send(text_data=json.dumps(message))

    def _too_many(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self.minute > 60:
            self.minute, self.received = now, 0
        self.received += 1
        return self.received > MOST_PER_MINUTE


def understood(text: str | None) -> dict[str, Any] | None:
    """A message of the client, if it is one of ours."""
    if text is None or len(text) > LONGEST_MESSAGE:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("watch", 0), str | None):
        return None
    return said if said.get("state") in (None, *presence.STATES) else None
