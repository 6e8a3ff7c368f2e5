"""Clients made of the schema, by generators of others, do the tour against a running server."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from tests.factories import make_agent, make_department
from tests.fields import make_field
from wagtail_escalated.actions import api_tokens
from wagtail_escalated.api.schema import document
from wagtail_escalated.models import Note, Ticket

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "clients"
pytestmark = pytest.mark.once


@pytest.fixture
def token(transactional_db):
    """Of an agent in a desk with one department and one custom field."""
    make_field("Order", "text")
    agent = make_agent("seller", departments=(make_department("Sales"),))
    _row, secret = api_tokens.create(agent.user, name="client", scopes=["read", "write"])
    return secret


@pytest.fixture
def schema_file(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(document()))
    return path


def run(*command, folder):
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def absent(reason):
    """Skips by name; where everything must be there, it fails."""
    (pytest.fail if os.environ.get("REQUIRE_SERVICES") == "1" else pytest.skip)(reason)


def assert_what_the_tour_left(reference):
    ticket = Ticket.objects.get(reference=reference)
    assert (ticket.status, ticket.requester.address) == ("closed", "ada@example.com")
    assert [row.name for row in ticket.attachments.all()] == ["collar.txt"]
    assert Note.objects.get(ticket=ticket).body == "The third this week."


def test_a_generated_python_client_does_the_tour(live_server, token, schema_file, monkeypatch):
    if importlib.util.find_spec("openapi_python_client") is None:
        absent("openapi-python-client is not installed (the extra [dev])")
    folder = schema_file.parent
    options = ["--meta", "none", "--output-path", "desk_client", "--fail-on-warning"]
    config = folder / "config.yaml"
    config.write_text("post_hooks: []\n")
    generator = [sys.executable, "-m", "openapi_python_client", "generate"]
    run(*generator, "--path", schema_file, "--config", config, *options, folder=folder)
    monkeypatch.syspath_prepend(folder)
    reference = python_tour(live_server.url, token)
    assert_what_the_tour_left(reference)


def python_tour(url, token):
    import desk_client as made
    from desk_client import models
    from desk_client.api.attachments import attachments_download
    from desk_client.api.me import me
    from desk_client.api.tickets import (
        tickets_create,
        tickets_list,
        tickets_note,
        tickets_reply,
        tickets_retrieve,
        tickets_status,
        tickets_update,
    )
    from desk_client.types import File

    client = made.AuthenticatedClient(base_url=url, token=token)
    assert me.sync(client=client).agent
    fields = models.TicketSentRequestCustomFields.from_dict({"order": "4711"})
    requester = models.RequesterSentRequest(email="ada@example.com", name="Ada")
    ticket = tickets_create.sync(
        client=client,
        body=models.TicketSentRequest(
            subject="The grinder sings",
            description="Since Monday.",
            requester=requester,
            priority=models.Priority.HIGH,
            custom_fields=fields,
        ),
    )
    high, low = models.TicketsListPriorityItem.HIGH, models.TicketsListPriorityItem.LOW
    ours = models.TicketsListCf.from_dict({"cf-order-contains": "4711"})
    expand = [models.TicketsListExpandItem.ASSIGNEE]
    listed = tickets_list.sync(client=client, priority=[high], cf=ours, expand=expand).results
    assert [row.reference for row in listed] == [ticket.reference]
    assert listed[0].expanded.assignee is None
    assert tickets_list.sync(client=client, priority=[low]).results == []

    picture = File(payload=BytesIO(b"smoke"), file_name="collar.txt", mime_type="text/plain")
    form = models.ReplySentForm(body="See the picture.", attachments=[picture])
    reply = tickets_reply.sync(ticket.reference, client=client, body=form)
    (kept,) = reply.attachments
    assert attachments_download.sync_detailed(kept.id, client=client).content == b"smoke"

    seen = tickets_retrieve.sync_detailed(ticket.reference, client=client)
    note = models.NoteSentRequest(body="The third this week.")
    assert tickets_note.sync(ticket.reference, client=client, body=note).author.name
    stale = tickets_update.sync_detailed(
        ticket.reference,
        client=client,
        body=models.PatchedTicketChangedRequest(priority=models.Priority.LOW),
        if_match=seen.headers["ETag"],
    )
    assert (stale.status_code, stale.parsed.code) == (412, "stale")
    closing = models.StatusSentRequest(status=models.Status.CLOSED)
    closed = tickets_status.sync(ticket.reference, client=client, body=closing)
    assert closed.status == models.Status.CLOSED
    return ticket.reference


def typescript_tools():
    """A folder with the generator and its runtime, installed by npm where they are not yet."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        absent("npm is not installed")
    folder = ROOT / "build" / "clients"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (SOURCES / "package.json").read_text()
    kept = folder / "package.json"
    if not (folder / "node_modules").is_dir() or kept.read_text() != wanted:
        kept.write_text(wanted)
        options = ["--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run([npm, "install", *options], cwd=folder, capture_output=True)
        if done.returncode:
            kept.unlink()
            absent("npm cannot install the generator")
    return folder


def test_a_generated_typescript_client_does_the_tour(live_server, token, schema_file):
    tools = typescript_tools()
    folder = schema_file.parent
    for name in ("package.json", "tsconfig.json", "tour.ts"):
        shutil.copy(SOURCES / name, folder)
    (folder / "node_modules").symlink_to(tools / "node_modules")
    programs = tools / "node_modules" / ".bin"
    run(programs / "openapi-typescript", schema_file, "-o", "schema.d.ts", folder=folder)
    run(programs / "tsc", "-p", ".", folder=folder)
    told = run("node", "made/tour.js", live_server.url, token, folder=folder)
    assert_what_the_tour_left(told.strip())
