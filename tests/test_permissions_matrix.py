"""Each address of ours as each kind of person; what they should get stands in ``permissions_matrix.txt``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from tests.admin.people import agent, installed, manager
from tests.factories import (
    default_site,
    make_contact,
    make_customer,
    make_department,
    make_editor,
    make_reader,
    make_ticket,
)
from tests.fields import make_field
from tests.routes import own_routes
from wagtail_escalated import storage
from wagtail_escalated.actions import api_tokens, bulk_runs, guests, messages, surveys
from wagtail_escalated.api.schema import document
from wagtail_escalated.api.shaping import METHODS
from wagtail_escalated.mail.adapters.raw import Raw
from wagtail_escalated.models import (
    Automation,
    BlockedSender,
    BusinessHours,
    CannedResponse,
    CopiedContact,
    Draft,
    InboundEmail,
    Macro,
    Organisation,
    SavedView,
    SLAPolicy,
    SLAReplay,
    Tag,
    Ticket,
    WebhookDelivery,
    WebhookEndpoint,
    Workflow,
)
from wagtail_escalated.tokens import mail_choices_token
from wagtail_escalated.widget.models import WidgetSettings

PEOPLE = [
    "anonymous",
    "requester",
    "other",
    "cc",
    "agent",
    "foreign",
    "reader",
    "editor",
    "manager",
]
MATRIX = Path(__file__).with_name("permissions_matrix.txt")
INSIDE = {"agent", "reader", "manager"}
#: Who may change the ticket at all, by whichever door.
MAY_CHANGE = {"requester", "agent", "manager"}
REFUSALS = {"401", "403", "404", "405", "501", "login", "home"}
PRIORITY = {"version": 1, "actions": [{"action": "priority", "value": "high"}]}
SECRET_SUBJECT, SECRET_NOTE = "Subject-of-the-requester", "Words-of-a-note"


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    expected: dict[str, str]
    data: str

    @property
    def section(self):
        """Rows of one section share a desk; each asks in a savepoint of its own."""
        parts = self.path.split("/")[1:]
        return "/".join(parts[:3] if parts[0] == "admin" else parts[:2])


def read_matrix():
    for line in MATRIX.read_text().splitlines():
        line, _bar, data = line.partition("|")
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        method, path, *answers = words
        yield Row(method, path, dict(zip(PEOPLE, answers, strict=True)), data.strip())


ROWS = list(read_matrix())
PAGES = [row for row in ROWS if row.method != "SOCKET"]
SECTIONS = [
    (name, list(rows))
    for name, rows in groupby(sorted(PAGES, key=lambda row: row.section), lambda row: row.section)
]


@pytest.fixture
def desk(db):
    installed()
    site = default_site()
    WidgetSettings.objects.update_or_create(site=site, defaults={"enabled": True})
    sales, elsewhere = make_department("Sales"), make_department("Elsewhere")
    people = {
        "anonymous": None,
        "requester": make_customer("requester"),
        "other": make_customer("other"),
        "cc": make_customer("cc"),
        "agent": agent("agent", [sales]),
        "foreign": agent("foreign", [elsewhere]),
        "reader": make_reader("reader", departments=(sales,)).user,
        "editor": make_editor("editor"),
        "manager": manager("manager"),
    }
    requester = people["requester"].escalated_contact
    ticket = make_ticket(requester=requester, subject=SECRET_SUBJECT, department=sales)
    CopiedContact.objects.create(ticket=ticket, contact=people["cc"].escalated_contact)
    reply = messages.reply(
        ticket,
        body="Here is more.",
        actor=requester,
        attachments=[SimpleUploadedFile("public.txt", b"public")],
    )
    note = messages.add_note(
        ticket,
        body=SECRET_NOTE,
        actor=people["agent"],
        attachments=[SimpleUploadedFile("note.txt", b"internal")],
    )
    letter = InboundEmail.objects.create(
        provider=Raw.name,
        state=InboundEmail.State.DONE,
        ticket=ticket,
        reply=reply,
        received_at=timezone.now(),
        delivery_key="x",
        raw_key=storage.put(b"From: a@example.com\r\n\r\nHello"),
    )
    held = InboundEmail.objects.create(
        provider=Raw.name,
        state=InboundEmail.State.HELD,
        reason="agent_not_proved",
        ticket=ticket,
        received_at=timezone.now(),
        delivery_key="y",
        raw_key=letter.raw_key,
    )
    Draft.objects.create(ticket=ticket, user=people["agent"], kind="note", body_html="<p>Hm</p>")
    guest_token = guests.create_link(ticket, by_mail=True)
    values = {
        "reference": ticket.reference,
        "site": site.pk,
        "public_file": reply.attachments.get().uuid,
        "note_file": note.attachments.get().uuid,
        "reply": reply.pk,
        "letter": letter.pk,
        "held": held.pk,
        "token": guest_token,
        "wrong_token": guest_token[:-1],
        "survey_token": surveys.create_link(ticket, requester),
        "mail_token": mail_choices_token(requester.pk, requester.address),
        "shared_view": SavedView.objects.create(
            owner=people["agent"], name="Ours", sharing="everybody"
        ).pk,
        "private_view": SavedView.objects.create(owner=people["agent"], name="Mine").pk,
        "own_text": CannedResponse.objects.create(
            title="Own", body="Own", owner=people["agent"]
        ).pk,
        "shared_text": CannedResponse.objects.create(title="Shared", body="Shared").pk,
        "contact": requester.pk,
        "copied": people["cc"].escalated_contact.pk,
        "department": sales.pk,
        "profile": people["agent"].escalated_agent.pk,
        "custom_field": make_field("Device", filled_in_by_customers=True).pk,
        "tag": Tag.objects.get(name="bug").pk,
        "other_tag": Tag.objects.get(name="feedback").pk,
        "policy": SLAPolicy.objects.get().pk,
        "hours": BusinessHours.objects.get().pk,
        "organisation": Organisation.objects.create(name="Acme").pk,
        "api_token": api_tokens.create(people["agent"], name="Mine", scopes=["read"])[0].pk,
        "webhook": WebhookEndpoint.objects.create(name="Billing", url="https://example.com").pk,
        "bulk_run": bulk_runs.begin(
            [(ticket.pk, ticket.reference)],
            what="status",
            value="resolved",
            query="",
            user=people["agent"],
        ).pk,
        "replay": SLAReplay.objects.create(
            policy=SLAPolicy.objects.get(), asked_at=timezone.now(), touched_at=timezone.now()
        ).pk,
        "sender": BlockedSender.objects.create(pattern="@example.org").pk,
    }
    values["delivery"] = WebhookDelivery.objects.create(
        endpoint_id=values["webhook"], state="failed", created_at=timezone.now()
    ).uuid
    values |= {
        "own_macro": Macro.objects.create(name="Own", actions=PRIORITY, owner=people["agent"]).pk,
        "shared_macro": Macro.objects.create(name="Shared", actions=PRIORITY).pk,
        "workflow": Workflow.objects.create(
            name="Workflow", actions=PRIORITY, events=["merged"]
        ).pk,
        "automation": Automation.objects.create(name="Automation", actions=PRIORITY).pk,
    }
    make_ticket(requester=make_contact(), department=elsewhere, subject="Elsewhere")
    return SimpleNamespace(people=people, ticket=ticket, values=values)


def ask(row, user, values):
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    path = row.path.format(**values)
    if row.method == "DELETE":
        return client.delete(path)
    if row.method == "GET":
        return client.get(path)
    if row.method == "PATCH":
        form = "application/x-www-form-urlencoded"
        return client.patch(path, row.data.format(**values), content_type=form)
    return client.post(path, dict(parse_qsl(row.data.format(**values), keep_blank_values=True)))


def answer_of(response):
    if response.status_code in (301, 302):
        where = response.url.split("?")[0]
        if where == reverse("wagtailadmin_home"):
            return "home"
        return "login" if "login" in where else "yes"
    if response.status_code in (200, 201, 202, 204, 400, 409, 422):
        return "yes"
    return str(response.status_code)


def fits(answer, expected):
    return answer == expected or (expected == "no" and answer in REFUSALS)


def body_of(response):
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode(errors="replace")


@pytest.mark.parametrize(("section", "rows"), SECTIONS, ids=[name for name, _rows in SECTIONS])
def test_everybody_gets_what_stands_in_the_matrix_and_no_more(desk, section, rows):
    wrong = []
    for row in rows:
        for person, expected in row.expected.items():
            with transaction.atomic():
                response = ask(row, desk.people[person], desk.values)
                answer = answer_of(response)
                if not fits(answer, expected):
                    wrong.append(f"{row.method} {row.path}: {person} got {answer}, not {expected}")
                text = body_of(response)
                if person not in INSIDE and SECRET_NOTE in text:
                    wrong.append(f"{row.method} {row.path}: {person} read a note")
                if answer in REFUSALS and SECRET_SUBJECT in text:
                    wrong.append(f"{row.method} {row.path}: {person} was refused and read it")
                version = Ticket.objects.filter(pk=desk.ticket.pk).values_list("version", flat=True)
                may_change = person in MAY_CHANGE or "{token}" in row.path
                # Who reads may follow, which is a change of the ticket's history.
                may_change |= person == "reader" and "follow" in row.path
                if list(version) != [desk.ticket.version] and not may_change:
                    wrong.append(f"{row.method} {row.path}: {person} changed it")
                if answer in REFUSALS and list(version) != [desk.ticket.version]:
                    wrong.append(f"{row.method} {row.path}: {person} was refused and changed it")
                transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def named_in_the_matrix():
    example = {
        "reference": "ESC-2611-ABCDEF",
        "token": "x",
        "wrong_token": "x",
        "survey_token": "x",
        "mail_token": "x",
        "public_file": "00000000-0000-0000-0000-000000000000",
        "note_file": "00000000-0000-0000-0000-000000000000",
        "letter": "00000000-0000-0000-0000-000000000000",
        "held": "00000000-0000-0000-0000-000000000000",
        "delivery": "00000000-0000-0000-0000-000000000000",
    }
    for row in PAGES:
        names = {part.split("}")[0] for part in row.path.split("{")[1:]}
        path = row.path.format(**{name: example.get(name, 1) for name in names})
        yield row.method, resolve(path.split("?")[0]).route


def test_no_route_is_missing_in_the_matrix():
    named = {route for _method, route in named_in_the_matrix()}
    # Django leaves out the ^ of a regular expression when it says which route answered.
    missing = [r.path for r in own_routes() if r.path.replace("^", "") not in named]
    assert not missing, "say in permissions_matrix.txt who gets what: " + ", ".join(missing)


def test_no_operation_of_the_api_is_missing_in_the_matrix():
    named = {(method, re.sub("<.*?>", "{}", route)) for method, route in named_in_the_matrix()}
    operations = {
        (method.upper(), re.sub("{.*?}", "{}", path.removeprefix("/")))
        for path, item in document()["paths"].items()
        for method in item
        if method in METHODS
    }
    assert len(operations) > 100
    assert sorted(operations - named) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_socket_speaks_of_the_ticket_to_whom_the_matrix_says(desk, person):
    [row] = [row for row in ROWS if row.method == "SOCKET"]
    user = desk.people[person]
    client = Client()
    if user is not None:
        client.force_login(user)
    told = async_to_sync(watch)(client.cookies.output(header="", sep=";"), desk.ticket.reference)
    assert told == (row.expected[person] == "yes")


async def watch(cookie, reference):
    """Whether a socket with these cookies is told of the ticket."""
    from tests.asgi import application

    headers = [
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
        (b"cookie", cookie.strip().encode()),
    ]
    path = reverse("wagtail_escalated:events_socket")
    socket = WebsocketCommunicator(application, path, headers=headers)
    connected, _code = await socket.connect(timeout=10)
    if not connected:
        return False
    await socket.send_json_to({"watch": reference})
    answer = await socket.receive_json_from(timeout=10)
    await socket.disconnect()
    return "version" in answer
