"""What the documentation shows of the API does what it says: the import from a CSV, the headless page."""

import csv
import os
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.factories import make_agent, make_customer, make_department, make_manager, make_ticket
from tests.fields import make_field
from wagtail_escalated.actions import api_tokens, messages
from wagtail_escalated.models import Attachment, CustomFieldValue, Ticket

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)
HEADLESS = ROOT / "sandbox" / "headless"


def token_of(user):
    return api_tokens.create(user, name="example", scopes=["read", "write"])[1]


@pytest.mark.once
def test_tickets_move_in_from_a_csv_file_once_each(live_server, tmp_path):
    make_field("Order", "text")
    agent = make_agent("mover", departments=(make_department("Sales"),))
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["subject", "description", "email", "name", "priority", "status", "tags", "cf-order"])  # fmt: skip
        writer.writerow(["Grinder, loud", "Since\nMonday.", "ada@example.com", "Ada", "high", "closed", "a b", "47"])  # fmt: skip
        writer.writerow(["Lamp", "It is dark.", "bo@example.com", "", "", "", "", ""])
        writer.writerow(["Kettle", "Cold.", "nobody", "", "", "", "", ""])
    script = ROOT / "docs" / "examples" / "import_csv.py"
    command = [sys.executable, script, f"{live_server.url}/support/api/v1/", path]

    environment = os.environ | {"ESCALATED_TOKEN": token_of(agent.user)}

    def move():
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    first, again = move(), move()

    assert (first.returncode, again.returncode) == (1, 1)
    assert "2 there, 1 refused" in first.stdout
    assert "line 4: 400" in first.stderr
    assert "email" in first.stderr
    grinder, lamp = Ticket.objects.order_by("pk")
    assert (grinder.subject, grinder.description) == ("Grinder, loud", "Since\nMonday.")
    assert (grinder.status, grinder.requester.name) == ("closed", "Ada")
    assert {tag.name for tag in grinder.tags.all()} == {"imported", "a", "b"}
    assert CustomFieldValue.objects.get(ticket=grinder).plain == "47"
    assert (lamp.status, lamp.requester.address) == ("open", "bo@example.com")
    assert Ticket.objects.count() == 2


@pytest.fixture
def shop():
    """The files of the headless page, on an origin of their own."""
    files = partial(SimpleHTTPRequestHandler, directory=HEADLESS)
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
def test_the_headless_page_works_from_another_origin(live_server, settings, browser_page, shop):
    ours = {"API_ALLOWED_ORIGINS": [shop], "UNDO_SEND_SECONDS": 0}
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | ours
    ann = make_customer("ann")
    ticket = make_ticket(requester=ann, actor=ann, subject="The lamp")
    page = browser_page
    page.goto(f"{shop}/index.html#{live_server.url}/support/")
    page.get_by_label("Token").fill(token_of(ann))
    page.get_by_role("button", name="Show my requests").click()
    page.get_by_role("button", name="The lamp").click()
    page.get_by_label("Your answer").fill("Still dark.")
    page.locator("#files").set_input_files(
        {"name": "dark.txt", "mimeType": "text/plain", "buffer": b"dark"}
    )
    page.locator("#reply button").click()
    page.get_by_text("Your answer has been sent.").wait_for()
    assert Attachment.objects.get().reply.body == "Still dark."

    page.get_by_label("Subject").fill("The kettle")
    page.get_by_label("What is it about?").fill("Cold.")
    page.locator("#new button").click()
    page.get_by_text("We have received it").wait_for()
    page.get_by_role("button", name="The lamp").click()
    agent = make_manager("helper")
    messages.reply(ticket, body="A new bulb is on its way.", actor=agent)
    page.locator("#thread").get_by_text("A new bulb is on its way.").wait_for(timeout=30_000)
