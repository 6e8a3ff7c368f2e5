# ruff: noqa: E402 (Django must be set up first)
"""How soon an event is at a reader, through Redis, and what open streams cost.

python -m benchmarks.events [readers] [idle streams]

The web process is one of its own; the tickets are changed from here, so each ping goes through Redis (or,
without REDIS_URL, waits for the relay).
"""

import asyncio
import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.database import own_database, say, set_up_django

os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/8")
# Both processes must have one prefix in Redis; the tests' own holds a process id.
os.environ.setdefault("ESCALATED_LAYER_PREFIX", "escalated-bench")
set_up_django()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from tests.factories import make_agent, make_department, make_ticket
from tests.live import LiveDesk
from wagtail_escalated.actions import messages

CHANGES = 20


def main(readers: int, idle: int) -> None:
    with own_database(), tempfile.TemporaryDirectory() as folder:
        call_command("escalated_install", verbosity=0)
        sales = make_department("Sales")
        agent = make_agent("seller", departments=(sales,)).user
        number = max(readers, idle) // 10  # no more than ten streams each
        people = [make_agent(f"agent{n}", departments=(sales,)).user for n in range(number)]
        ticket = make_ticket(department=sales)
        desk = LiveDesk(Path(folder))
        desk.wait_for = partial(desk.wait_for, seconds=240)
        try:
            desk.start_web()
            measure(desk, agent, people, ticket, readers, idle)
        finally:
            desk.stop()


def measure(desk, agent, people, ticket, readers: int, idle: int) -> None:
    cookies = [cookie_of(user) for user in people or [agent]]
    many = [cookies[n % len(cookies)] for n in range(readers)]
    late = asyncio.run(latencies(desk.port, many, ticket, agent))
    say(f"event at one of {readers} readers: median", median(late) * 1000, "ms", 300)
    say("the slowest twentieth", sorted(late)[len(late) * 19 // 20] * 1000, "ms")
    before = memory(desk)
    after = asyncio.run(memory_with(desk, [cookies[n % len(cookies)] for n in range(idle)]))
    say(f"{idle} idle streams: memory", after - before, "MB", 150)


def cookie_of(user) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def opened(port: int, cookie: str):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /support/events/stream/ HTTP/1.1\r\nHost: localhost:{port}\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}\r\n\r\n".encode()
    )
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"200 OK" in head, head
    return reader, writer


async def latencies(port: int, cookies: list[str], ticket, agent) -> list[float]:
    streams = [await opened(port, cookie) for cookie in cookies]
    seen: dict[int, float] = {}
    arrived: list[tuple[int, float]] = []

    async def listen(reader) -> None:
        while line := await reader.readline():
            if line.startswith(b"data: "):
                arrived.append((json.loads(line[6:])["version"], perf_counter()))

    tasks = [asyncio.create_task(listen(reader)) for reader, _writer in streams]
    await asyncio.sleep(2)
    loop = asyncio.get_running_loop()
    for number in range(CHANGES):
        await loop.run_in_executor(None, change, ticket, agent, number, seen)
        await asyncio.sleep(0.7)
    await asyncio.sleep(3)
    for task in tasks:
        task.cancel()
    # The commit is over a moment before the change returns: some hear of it in between.
    late = [max(0.0, at - seen[version]) for version, at in arrived if version in seen]
    say("events that arrived, of all", 100 * len(late) / (CHANGES * len(cookies)), "%")
    for _reader, writer in streams:
        writer.close()
    return late


def change(ticket, agent, number: int, seen: dict[int, float]) -> None:
    messages.add_note(ticket, body=f"Note {number}", actor=agent)
    seen[ticket.version] = perf_counter()
    connection.close()  # of this thread: the database could not be dropped beside it


async def memory_with(desk, cookies: list[str]) -> float:
    streams = [await opened(desk.port, cookie) for cookie in cookies]
    await asyncio.sleep(3)
    used = memory(desk)
    for _reader, writer in streams:
        writer.close()
    return used


def memory(desk) -> float:
    """Megabytes of the web process."""
    text = Path(f"/proc/{desk.processes['web'].pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["200", "500"][len(sys.argv) - 1 :])))
