"""``events/stream/``: the same as Server-Sent Events. The cursor is the event's id.

An open stream holds no database connection: the hub asks for all of them in one thread.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from wagtail_escalated.conf import desk_settings

from . import identity as identities
from .hub import TooManyReaders, changed_for, hub_here, look_at, reading
from .identity import Identity
from .polling import refusal
from .readers import Reader
from .versions import Cursor, Pair, cursor_after, cursor_at, cursor_from

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 3000


class EventStream(StreamingHttpResponse):
    """Lets its reader go even where nobody ever read from it."""

    def __init__(self, *arguments: Any, on_close: Callable[[], Any], **options: Any):
        super().__init__(*arguments, **options)
        self._on_close = on_close

    def close(self) -> None:
        super().close()
        self._on_close()


@require_GET
async def stream(request: HttpRequest) -> HttpResponseBase:
    """``?ticket=<reference>`` for one alone; ``Last-Event-ID`` or ``?after=<cursor>`` to go on from there."""
    if not isinstance(request, ASGIRequest) or not desk_settings.REALTIME_ENABLED:
        return refusal(501)
    identity = identities.of_request(request, await request.auser())
    if identity is None:
        return refusal(401)
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    try:
        since = cursor_from(after) if after else None
    except ValueError:
        return refusal(400)
    return await _opened(identity, request.GET.get("ticket"), since)


stream.login_required = False


async def _opened(
    identity: Identity, reference: str | None, since: Cursor | None
) -> HttpResponseBase:
    stack = AsyncExitStack()
    try:
        reader = await stack.enter_async_context(reading(identity))
        if reader.closed is not None:
            await stack.aclose()
            return refusal(401)
        if reference is not None:
            reader.watched = await hub_here().ask(look_at, identity, reference)
            if reader.watched is None:
                await stack.aclose()
                return refusal(404)
        missed = await hub_here().ask(changed_for, identity, since) if since else []
    except TooManyReaders:
        await stack.aclose()
        return refusal(429)
    hub = hub_here()
    response = EventStream(
        _events(stack, reader, missed),
        content_type="text/event-stream; charset=utf-8",
        on_close=lambda: hub.loop.call_soon_threadsafe(hub.leave, reader),
    )
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(stack: AsyncExitStack, reader: Reader, missed: list[Pair]) -> AsyncIterator[str]:
    async with stack:
        # The request's own thread has read the session; its connection would stay open as long as this.
        await sync_to_async(connections.close_all)()
        yield f"retry: {RETRY_MILLISECONDS}\nid: {_cursor(missed)}\n\n"
        for pair in missed:
            if reader.watched is None or reader.watched.pk == pair.pk:
                yield _event(pair.as_json())
        while True:
            message = await reader.next(HEARTBEAT_SECONDS)
            if reader.closed is not None:
                return
            yield _event(message) if message else f"id: {_cursor([])}\n: still here\n\n"


def _cursor(found: list[Pair]) -> Cursor:
    return cursor_after(found, timezone.now())


def _event(message: dict[str, Any]) -> str:
    return f"id: {cursor_at(timezone.now())}\ndata: {json.dumps(message)}\n\n"
