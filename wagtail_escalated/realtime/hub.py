"""One hub per web process (per event loop): it hears of changes and tells the open sockets and streams.

It hears in three ways, each of which may fail without loss: from this process directly, from other processes
through the channel layer, and, every second, from the database (the relay). It starts with the first reader
and stops with the last. Rights are asked of the database for each change, in a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from django.db import Error, connections
from django.db.models import Q
from django.utils import timezone

from wagtail_escalated.actors import SYSTEM

from . import layer, presence
from .identity import NO_RIGHT, Account, Identity, Known
from .readers import Reader
from .versions import OVERLAP, Cursor, Pair, changed_since, cursor_after, cursor_at, pairs

logger = logging.getLogger(__name__)

RELAY_SECONDS = 1.0
#: How long changes are gathered, so that a bulk action asks once.
GATHER_SECONDS = 0.02
#: How long at most a session that has ended is still open without any change.
RECHECK_SECONDS = 15.0
MOST_PER_PERSON = 20
#: A version the relay has seen is remembered for as long as its overlap shows it again.
REMEMBERED = OVERLAP * 3

T = TypeVar("T")
#: What somebody may see of the changed tickets, or the code with which they are closed.
View = dict[int, Pair] | int


class TooManyReaders(Exception):
    """This person has ``MOST_PER_PERSON`` sockets and streams open in this process."""


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.readers: set[Reader] = set()
        self.stopped = False
        self._changed: set[int] = set()
        self._wake = asyncio.Event()
        self._told: dict[int, tuple[int, datetime]] = {}
        self._cursor = cursor_at(timezone.now())
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="escalated-live")
        self._tasks = [
            self.loop.create_task(job)
            for job in (self._fan_out(), self._relay(), self._recheck(), layer.listen(self.hear))
        ]

    async def join(self, reader: Reader) -> None:
        """What was committed before this returns is the client's to read; what follows, it is told."""
        person = reader.identity.person
        if sum(other.identity.person == person for other in self.readers) >= MOST_PER_PERSON:
            raise TooManyReaders
        self.readers.add(reader)
        since = cursor_at(timezone.now())
        known = await self.ask(_recent, reader.identity, since)
        if isinstance(known, int):
            reader.close(known)
        else:
            reader.has = known

    def leave(self, reader: Reader) -> None:
        self.readers.discard(reader)
        if not self.readers and not self.stopped:
            self.stop()

    def hear(self, tickets: Iterable[int]) -> None:
        """These tickets have changed. Call it in the hub's loop."""
        self._changed.update(tickets)
        self._wake.set()

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Ask the database in the hub's own thread, one question after the other."""
        return await self.loop.run_in_executor(self._thread, question, *arguments)

    def stop(self) -> None:
        self.stopped = True
        hubs.pop(self.loop, None)
        for task in self._tasks:
            task.cancel()
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False)

    async def _fan_out(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            tickets, self._changed = self._changed, set()
            self._wake.clear()
            if not await self._tell(tickets):
                self._changed |= tickets
                self._wake.set()
                await asyncio.sleep(RELAY_SECONDS)

    async def _tell(self, tickets: set[int]) -> bool:
        """Each person is told as soon as their rights are known: nobody waits for all the others'."""
        try:
            for identity, readers in self._readers_by_identity().items():
                view = await self.ask(look, identity, tickets)
                # Who has come meanwhile has read for themselves what is told here.
                for reader in self.readers.intersection(readers):
                    self._show(reader, view, tickets)
        except Error:
            await self._lost_database()
            return False
        return True

    def _show(self, reader: Reader, view: View, tickets: set[int]) -> None:
        if isinstance(view, int):
            reader.close(view)
            return
        for pair in view.values():
            reader.tell(pair)
        watched = reader.watched
        if watched and watched.pk in tickets and watched.pk not in view:
            reader.watched = None
            reader.say(watched.reference, not_found(watched.reference))

    async def _relay(self) -> None:
        """The ping of another process may never come: each second the database is asked."""
        while True:
            await asyncio.sleep(RELAY_SECONDS)
            now = timezone.now()
            try:
                found = await self.ask(changed_since, SYSTEM, self._cursor)
                await self._tell_company()
            except Error:
                await self._lost_database()
                continue
            self._cursor = cursor_after(found, now)
            self._forget(now)
            news = {p.pk: p.version for p in found if self._told.get(p.pk, (0,))[0] < p.version}
            self._told.update({pk: (version, now) for pk, version in news.items()})
            if news:
                self.hear(news)

    async def _tell_company(self) -> None:
        """Agents at a ticket hear who else is there."""
        agents = [r for r in self.readers if r.watched is not None and r.watched.inside]
        if not agents:
            return
        there = await self.ask(presence.at, {r.watched.pk for r in agents if r.watched})
        for reader in agents:
            if reader.watched is not None and isinstance(reader.identity, Account):
                people = there.get(reader.watched.pk, [])
                reader.accompany(presence.others(people, reader.identity.user_key))

    def _forget(self, now: datetime) -> None:
        old = [pk for pk, (_version, at) in self._told.items() if at < now - REMEMBERED]
        for pk in old:
            del self._told[pk]

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            await self._tell(set())

    async def _lost_database(self) -> None:
        logger.warning("Live updates cannot read the database; trying again.", exc_info=True)
        with contextlib.suppress(Error):
            await self.ask(connections.close_all)

    def _readers_by_identity(self) -> dict[Identity, set[Reader]]:
        found: dict[Identity, set[Reader]] = {}
        for reader in self.readers:
            found.setdefault(reader.identity, set()).add(reader)
        return found


hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub_here() -> Hub:
    """The hub of the running event loop, started where there is none."""
    loop = asyncio.get_running_loop()
    if loop not in hubs:
        hubs[loop] = Hub()
    return hubs[loop]


@contextlib.asynccontextmanager
async def reading(identity: Identity):
    """A ``Reader`` that is told of changes as long as the block runs. Raises ``TooManyReaders``."""
    hub, reader = hub_here(), Reader(identity)
    try:
        await hub.join(reader)
        yield reader
    finally:
        hub.leave(reader)


def look(identity: Identity, tickets: set[int]) -> View:
    """What they may see now of these tickets."""
    try:
        return _view(identity, tickets)
    except Error:
        raise
    except Exception:
        # The host's AGENT_CHECK may raise anything: who cannot be asked for sees nothing.
        logger.exception("The rights of a reader could not be asked for.")
        return NO_RIGHT


def _view(identity: Identity, tickets: set[int]) -> View:
    known = identity.known()
    if not isinstance(known, Known):
        return known
    if not tickets:
        return {}
    seen = pairs(known.actor, Q(pk__in=tickets) & known.only, wanted=len(tickets))
    return {pair.pk: pair for pair in seen}


def look_at(identity: Identity, reference: str) -> Pair | None:
    """A ticket by its reference, if it is theirs to see."""
    known = identity.known()
    if not isinstance(known, Known):
        return None
    wanted = reference.replace("\x00", "").strip().upper()
    found = pairs(known.actor, Q(reference=wanted) & known.only, wanted=1)
    return found[0] if found else None


def changed_for(identity: Identity, since: Cursor) -> list[Pair]:
    """What changed after the cursor of what they may see now; nothing for somebody without a right."""
    known = identity.known()
    return changed_since(known.actor, since, known.only) if isinstance(known, Known) else []


def not_found(reference: str) -> dict[str, Any]:
    return {"ticket": reference, "error": "not found"}


def _recent(identity: Identity, since: Cursor) -> dict[int, int] | int:
    known = identity.known()
    if not isinstance(known, Known):
        return known
    return {pair.pk: pair.version for pair in changed_since(known.actor, since, known.only)}
