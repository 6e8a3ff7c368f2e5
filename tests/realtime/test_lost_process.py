"""Two web processes behind one Redis, readers on both, and one of them killed while tickets change."""

import asyncio
import contextlib
import json
import os
import random
import signal

import pytest
from asgiref.sync import sync_to_async as in_thread
from django.conf import settings
from django.core.management import call_command

from tests.factories import make_agent, make_department, make_ticket
from tests.live import LiveDesk
from wagtail_escalated.actions import messages
from wagtail_escalated.models import Ticket

from .conftest import cookie_of

READERS, PEOPLE, TICKETS, CHANGES = 200, 20, 5, 24
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgres,
]


class Reader:
    """A client as browsers have it: after a loss it goes on from the last event's id, where somebody answers."""

    def __init__(self, cookie, ports):
        self.cookie, self.ports = cookie, ports
        self.last_id, self.seen = "", {}
        self.losses, self.refused = 0, []
        self.is_open = asyncio.Event()

    async def run(self):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._read(self.ports[0])
            self.losses += 1
            self.ports = self.ports[1:] + self.ports[:1]
            await asyncio.sleep(random.uniform(0.1, 2))  # as browsers do: not all at once

    async def _read(self, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            cursor = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
            writer.write(
                f"GET /support/events/stream/ HTTP/1.1\r\nHost: localhost:{port}\r\n{cursor}"
                f"Cookie: {settings.SESSION_COOKIE_NAME}={self.cookie}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                self.refused.append(head)
                raise ConnectionError
            while line := await reader.readline():
                self._take(line.decode().rstrip("\r\n"))
        finally:
            writer.close()

    def _take(self, line):
        if line.startswith("id: "):
            self.last_id = line[4:]
            self.is_open.set()
        elif line.startswith("data: "):
            pair = json.loads(line[6:])
            self.seen[pair["ticket"]] = max(pair["version"], self.seen.get(pair["ticket"], 0))


@contextlib.contextmanager
def two_desks(folder, monkeypatch):
    monkeypatch.setenv("ESCALATED_LAYER_PREFIX", f"escalated-lost-{os.getpid()}")
    desks = []
    try:
        for number in (1, 2):
            (folder / str(number)).mkdir()
            desks.append(LiveDesk(folder / str(number)))
        for desk in desks:
            desk.start("web", "runserver", "--noreload", "--insecure", f"127.0.0.1:{desk.port}")
        for desk in desks:
            desk.wait_for(desk.answers, "a web process does not answer")
        yield desks
    finally:
        for desk in desks:
            for process in desk.processes.values():
                process.kill()  # with streams open it would wait for them
            desk.stop()


def test_no_reader_misses_a_change_when_its_process_is_killed(tmp_path, monkeypatch):
    call_command("escalated_install", verbosity=0)
    sales = make_department("Sales")
    people = [make_agent(f"agent{n}", departments=(sales,)).user for n in range(PEOPLE)]
    tickets = [make_ticket(department=sales) for _number in range(TICKETS)]
    cookies = [cookie_of(user) for user in people]
    with two_desks(tmp_path, monkeypatch) as desks:
        asyncio.run(change_while_one_dies(desks, cookies, tickets, people[0]))


async def change_while_one_dies(desks, cookies, tickets, agent):
    ports = [desk.port for desk in desks]
    readers = [
        Reader(cookies[number % PEOPLE], ports if number % 2 else ports[::-1])
        for number in range(READERS)
    ]
    running = []
    try:
        for first in range(0, READERS, 10):
            some = readers[first : first + 10]
            running += [asyncio.create_task(reader.run()) for reader in some]
            await asyncio.wait_for(asyncio.gather(*(r.is_open.wait() for r in some)), 30)
        for number in range(CHANGES):
            if number == CHANGES // 3:
                desks[0].processes["web"].send_signal(signal.SIGKILL)
            ticket = tickets[number % TICKETS]
            await in_thread(messages.add_note)(ticket, body=f"Note {number}.", actor=agent)
            await asyncio.sleep(0.1)
        versions = await in_thread(versions_now)()
        await asyncio.wait_for(until(lambda: all(r.seen == versions for r in readers)), 30)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    lost = [reader for reader in readers if reader.losses]
    assert len(lost) == READERS / 2, "those of the process that lives were not to be disturbed"


async def until(condition):
    while not condition():
        await asyncio.sleep(0.1)


def versions_now():
    return dict(Ticket.objects.values_list("reference", "version"))
