"""Pings between processes through the channel layer. One may be lost at any time: the relay finds its change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = "escalated.changes"
MESSAGE = "escalated.changed"
SEND_SECONDS = 5.0
PAUSE_SECONDS = 5.0
#: Members of a group are forgotten by the layer after a day.
JOIN_AGAIN_SECONDS = 3600.0
#: How long at most one question to Redis waits for a ping. Its client gives up reading after five seconds, as long as
#: the layer waits by itself: whenever nothing happened for five seconds, the process would stop hearing for as long.
WAIT_SECONDS = 2
CANCEL_AGAIN_SECONDS = 0.2
#: More pings than these are waiting only where the layer does not answer.
MOST_WAITING = 10_000


def shared_layer() -> Any | None:
    """The layer, if it reaches other processes."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


async def listen(hear: Callable[[Iterable[int]], None]) -> None:
    """Passes on the pings of other processes, for ever. A layer that is gone is tried again."""
    layer, failing = shared_layer(), False
    while layer is not None:
        try:
            await _listen_for_an_hour(layer, hear)
            failing = False
        except Exception:
            # A layer may fail while it is cancelled (channels-redis asserts then): that is the end, too.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                return
            # Each layer has errors of its own; none of them may end the live updates.
            if not failing:
                logger.exception("The channel layer cannot be read; the relay goes on.")
            failing = True
            await asyncio.sleep(PAUSE_SECONDS)


async def _listen_for_an_hour(layer: Any, hear: Callable[[Iterable[int]], None]) -> None:
    if getattr(layer, "brpop_timeout", 0) > WAIT_SECONDS:
        layer.brpop_timeout = WAIT_SECONDS
    channel = await layer.new_channel()
    await _cancellable(layer.group_add(GROUP, channel))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(JOIN_AGAIN_SECONDS):
                while True:
                    message = await _cancellable(layer.receive(channel))
                    hear(message["tickets"])
    finally:
        await _cancellable(layer.group_discard(GROUP, channel))


async def _cancellable(question: Coroutine[Any, Any, T]) -> T:
    """Its answer. redis-py swallows a cancellation that meets it while it connects (8.1): then it is said again.

    Otherwise nobody who listens would ever end: neither with the last reader nor with the server.
    """
    asked = asyncio.ensure_future(question)
    try:
        await asyncio.wait([asked])
        return asked.result()
    finally:
        while not asked.done():
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([asked], timeout=CANCEL_AGAIN_SECONDS)


class Sender:
    """Sends from a thread of its own, so that a layer that hangs never holds up who saves."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[int] = queue.Queue(MOST_WAITING)
        self.failing = False
        self.thread = threading.Thread(target=self._run, name="escalated-pings", daemon=True)
        self.thread.start()

    def put(self, tickets: Iterable[int]) -> None:
        with contextlib.suppress(queue.Full):
            for ticket in tickets:
                self.waiting.put_nowait(ticket)

    def _run(self) -> None:
        asyncio.run(self._send_for_ever())

    async def _send_for_ever(self) -> None:
        while True:
            tickets = self._take()
            try:
                layer = shared_layer()
                if layer is not None:
                    message = {"type": MESSAGE, "tickets": tickets}
                    await asyncio.wait_for(layer.group_send(GROUP, message), SEND_SECONDS)
                self.failing = False
            except Exception:
                # A lost ping costs a second; the change itself is safe.
                if not self.failing:
                    logger.exception("The channel layer cannot be written to; the relay goes on.")
                self.failing = True

    def _take(self) -> list[int]:
        tickets = [self.waiting.get()]
        with contextlib.suppress(queue.Empty):
            while len(tickets) < 500:
                tickets.append(self.waiting.get_nowait())
        return sorted(set(tickets))


_sender: Sender | None = None
_lock = threading.Lock()


def send(tickets: Iterable[int]) -> None:
    """Tell the other processes. Returns at once."""
    global _sender
    if shared_layer() is None:
        return
    with _lock:
        # A forked process has the object and not its thread.
        if _sender is None or not _sender.thread.is_alive():
            _sender = Sender()
    _sender.put(tickets)
