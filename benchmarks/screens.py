# ruff: noqa: E402 (Django must be set up first)
"""How soon a change is on another agent's screen, in a real browser, through Redis.

python -m benchmarks.screens [changes]

The web process is one of its own; the tickets are changed from here, so each ping goes through Redis. One window
shows the ticket, another one the inbox. Both clocks are this machine's.
"""

import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.database import own_database, say, set_up_django

os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/8")
# Both processes must have one prefix in Redis; the tests' own holds a process id.
os.environ.setdefault("ESCALATED_LAYER_PREFIX", "escalated-bench")
# Playwright's own loop runs in this thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
set_up_django()

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from tests.conftest import CHROMIUM_ARGUMENTS, chromium_path
from tests.factories import make_agent, make_department, make_ticket
from tests.live import LiveDesk
from wagtail_escalated.actions import messages, tickets

#: Notes in the page the instant at which each text stands on it.
WATCH = """(texts) => {
    window.seen = {};
    const look = () => texts.forEach((text) => {
        if (!window.seen[text] && document.body.textContent.includes(text)) window.seen[text] = Date.now();
    });
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def main(changes: int) -> None:
    from playwright.sync_api import sync_playwright

    # In this order: beside a running loop Django opens connections of its own.
    with sync_playwright() as driver, own_database(), tempfile.TemporaryDirectory() as folder:
        call_command("escalated_install", verbosity=0)
        sales = make_department("Sales")
        writer = make_agent("writer", departments=(sales,)).user
        reader = make_agent("reader", departments=(sales,)).user
        ticket = make_ticket(department=sales)
        desk = LiveDesk(Path(folder))
        desk.wait_for = partial(desk.wait_for, seconds=240)
        browser = driver.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS)
        try:
            desk.start_web()
            open_window = partial(window, browser, desk, reader)
            page = open_window(f"tickets/{ticket.reference}/")
            late = latencies(
                page,
                [f"A note with the number {n}." for n in range(changes)],
                lambda text: messages.add_note(ticket, body=text, actor=writer),
            )
            say("a note on the other agent's ticket page: median", median(late), "ms", 300)
            say("the slowest", max(late), "ms")
            page = open_window("inbox/")
            late = latencies(
                page,
                [f"A subject with the number {n}" for n in range(changes)],
                lambda text: tickets.set_subject(ticket, text, actor=writer),
            )
            say("a subject in the other agent's inbox: median", median(late), "ms", 300)
            say("the slowest", max(late), "ms")
        finally:
            browser.close()
            desk.stop()


def window(browser, desk, user, path: str):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": desk.url}])
    page = context.new_page()
    page.goto(f"{desk.url}/admin/support/{path}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2000)  # the socket is open
    return page


def latencies(page, texts: list[str], change) -> list[float]:
    """Milliseconds from the commit to the screen, for each of the texts."""
    page.evaluate(WATCH, texts)
    late = []
    for text in texts:
        change(text)
        at = time.time() * 1000
        page.wait_for_function("(text) => window.seen[text]", arg=text, timeout=30_000)
        late.append(max(0.0, page.evaluate("(text) => window.seen[text]", text) - at))
        page.wait_for_timeout(1500)  # what follows closely is gathered
    return late


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
