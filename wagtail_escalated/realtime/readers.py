"""One open socket or stream: what it has been told, and what it still has to be told."""

from __future__ import annotations

import asyncio
from typing import Any

from .identity import TOO_SLOW, Identity
from .versions import Pair

#: A client that has not read so many different tickets reads them anew by connecting again.
MOST_UNREAD = 1000


class Reader:
    """Keeps the newest version per ticket: a slow client misses steps, never the last state."""

    def __init__(self, identity: Identity):
        self.identity = identity
        self.watched: Pair | None = None
        #: Ticket → version the client has; ``None`` until the hub has looked.
        self.has: dict[int, int] | None = None
        #: Who else was last told to be at the watched ticket.
        self.company: list[dict[str, str]] = []
        self.closed: int | None = None
        self._unread: dict[str, dict[str, Any]] = {}
        self._wake = asyncio.Event()

    def tell(self, pair: Pair) -> None:
        """Tell of a ticket, unless the client has this version or watches another one."""
        if self.has is None or self.has.get(pair.pk, -1) >= pair.version:
            return
        self.has[pair.pk] = pair.version
        if self.watched is None or self.watched.pk == pair.pk:
            self.say(pair.reference, pair.as_json())

    def watch(self, pair: Pair | None) -> None:
        """Hear of this ticket alone, whose present version the client is about to get."""
        if pair is None or self.watched is None or pair.pk != self.watched.pk:
            self.company = []
        self.watched = pair
        if pair is not None and self.has is not None:
            self.has[pair.pk] = max(pair.version, self.has.get(pair.pk, 0))

    def accompany(self, company: list[dict[str, str]]) -> None:
        """Tell who else is at the watched ticket, where that has changed."""
        if self.watched is not None and company != self.company:
            self.company = company
            reference = self.watched.reference
            self.say(f"at {reference}", {"ticket": reference, "present": company})

    def say(self, key: str, message: dict[str, Any]) -> None:
        """Put a message in the place of an unread one with the same key."""
        self._unread.pop(key, None)
        self._unread[key] = message
        if len(self._unread) > MOST_UNREAD:
            self.close(TOO_SLOW)
        self._wake.set()

    def close(self, code: int) -> None:
        self.closed = self.closed or code
        self._wake.set()

    async def next(self, timeout: float) -> dict[str, Any] | None:
        """The next message; ``None`` when ``timeout`` seconds have passed or the reader is closed."""
        if not self._unread and self.closed is None:
            try:
                await asyncio.wait_for(self._wake.wait(), timeout)
            except TimeoutError:
                return None
        if self.closed is not None:
            return None
        key = next(iter(self._unread))
        message = self._unread.pop(key)
        if not self._unread:
            self._wake.clear()
        return message
