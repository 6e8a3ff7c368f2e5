"""The OpenAPI document: complete, valid, the same in every host, and kept to by the answers."""

import json
import os

import jsonschema
import pytest
import schemathesis
from django.core import signals
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies
from jsonschema import Draft202012Validator
from schemathesis.checks import load_all_checks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance, response_schema_conformance
from wagtail.models import Site

from tests.factories import make_agent, make_department, make_manager, make_ticket, permission_named
from wagtail_escalated import storage
from wagtail_escalated.actions import api_tokens, bulk_runs, messages, tickets
from wagtail_escalated.api.schema import document
from wagtail_escalated.api.ticket_json import ASKED_FOR
from wagtail_escalated.api.urls import described
from wagtail_escalated.models import (
    AgentProfile,
    Attachment,
    Automation,
    BlockedSender,
    BulkRun,
    BusinessHours,
    CannedResponse,
    Contact,
    Department,
    Draft,
    InboundEmail,
    Organisation,
    SavedView,
    SLAPolicy,
    SLAReplay,
    Tag,
    WebhookDelivery,
    WebhookEndpoint,
    Workflow,
)

load_all_checks()
#: Of each operation, of what its schema allows and of what it forbids.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
application = get_wsgi_application()
#: No schema can say which departments there are, or that a view's name is not taken yet.
PRIORITY = {"version": 1, "actions": [{"action": "priority", "value": "high"}]}
LEFT_OUT = [positive_data_acceptance]


@pytest.fixture
def program(db):
    """A manager's token, and a desk with something in it."""
    sales = make_department("Sales")
    manager = make_manager("boss")
    manager.user_permissions.add(permission_named("wagtail_escalated.change_desksettings"))
    make_agent("seller", departments=(sales,))
    ticket = make_ticket(department=sales)
    file = SimpleUploadedFile("burning.txt", b"smoke")
    messages.reply(ticket, body="More.", actor=ticket.requester, attachments=[file])
    messages.add_note(ticket, body="Hm.", actor=manager)
    tickets.add_tags(ticket, ["fire"], actor=manager)
    CannedResponse.objects.create(title="Hello", body="Hello", owner=manager)
    SavedView.objects.create(name="Mine", owner=manager)
    gold = SLAPolicy.objects.create(name="Gold")
    now = timezone.now()
    SLAReplay.objects.create(
        policy=gold,
        asked_at=now,
        touched_at=now,
        tallies=[["Sales", 2, "resolution", 1, 2, 3, 4]],
        examples=[[ticket.pk, "resolution", now.isoformat()]],
    )
    BusinessHours.objects.create(name="Office hours")
    Organisation.objects.create(name="Acme Inc.")
    BlockedSender.objects.create(pattern="@example.org")
    Workflow.objects.create(name="Workflow", actions=PRIORITY, events=["merged"])
    Automation.objects.create(name="Automation", actions=PRIORITY)
    hook = WebhookEndpoint.objects.create(name="Hook", url="https://hook.example", active=False)
    WebhookDelivery.objects.create(endpoint=hook, state="failed", created_at=timezone.now())
    InboundEmail.objects.create(
        provider="raw",
        state="held",
        reason="spam",
        received_at=timezone.now(),
        delivery_key="x",
        raw_key=storage.put(b"From: a@example.com\r\n\r\nHello"),
    )
    InboundEmail.objects.create(
        provider="raw",
        state="done",
        ticket=ticket,
        received_at=timezone.now(),
        delivery_key="y",
        raw_key=storage.put(b"From: a@example.com\r\n\r\nHello"),
    )
    Draft.objects.create(ticket=ticket, user=manager, kind="note", body_html="<p>Hm</p>")
    chosen = [(ticket.pk, ticket.reference)]
    bulk_runs.begin(chosen, what="priority", value="high", query="", user=manager)
    _row, token = api_tokens.create(manager, name="fuzz", scopes=["read", "write", "manage"])
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def api_schema(program, monkeypatch, request):
    from wagtail_escalated.api import callers

    monkeypatch.setattr(callers.Throttle, "LIMIT", 10**9)
    # As Django's own test client does: the connection of the test is not to be closed behind it.
    for moment in (signals.request_started, signals.request_finished):
        moment.disconnect(close_old_connections)
        request.addfinalizer(lambda moment=moment: moment.connect(close_old_connections))
    return schemathesis.openapi.from_wsgi("/support/api/v1/schema/", application)


ROWS = {
    "automations": Automation,
    "bulk-runs": BulkRun,
    "blocked-senders": BlockedSender,
    "business-hours": BusinessHours,
    "contacts": Contact,
    "organisations": Organisation,
    "webhooks": WebhookEndpoint,
    "workflows": Workflow,
    "departments": Department,
    "desk-settings": Site,
    "tags": Tag,
    "agents": AgentProfile,
    "sla-policies": SLAPolicy,
    "sla-replays": SLAReplay,
    "canned-responses": CannedResponse,
    "saved-views": SavedView,
}


def real_parameters(operation):
    """Those of what is there: by chance alone no ticket would ever be met."""
    path = operation.path
    if "{reference}" in path:
        letter = InboundEmail.objects.get(state="done")
        real = {"reference": letter.ticket.reference, "uuid": str(letter.pk), "kind": "note"}
        return {name: value for name, value in real.items() if f"{{{name}}}" in path}
    if "/webhooks/{id}/" in path:
        row = WebhookEndpoint.objects.get()
        real = {"id": row.pk, "uuid": str(row.deliveries.last().uuid)}
        return {name: value for name, value in real.items() if f"{{{name}}}" in path}
    if "{country}" in path:
        return {"country": "DE"}
    if "/held-mail/" in path:
        return {"uuid": str(InboundEmail.objects.get(state="held").pk)}
    if "{uuid}" in path:
        return {"uuid": str(Attachment.objects.get().uuid)}
    model = ROWS.get(path.split("/")[4])
    return {"id": model.objects.first().pk} if "{id}" in path and model else {}


def hold_to_the_schema(case, answer, headers):
    """With ``fields`` an answer has just these, each in its own shape; else all that its shape requires."""
    names = (case.query or {}).get("fields") if answer.status_code == 200 else None
    left_out = [*LEFT_OUT, response_schema_conformance] if names else LEFT_OUT
    case.validate_response(answer, excluded_checks=left_out, headers=headers)
    if names:
        shape = of_these_alone(case.operation.definition.raw, names)
        jsonschema.validate(answer.json(), shape, Draft202012Validator)


def of_these_alone(told, names):
    """The shape of the answer, of a row or of a page of rows, with nothing but these fields."""
    schemas = document()["components"]["schemas"]

    def resolved(shape):
        return schemas[shape["$ref"].split("/")[-1]] if "$ref" in shape else shape

    whole = resolved(told["responses"]["200"]["content"]["application/json"]["schema"])
    is_page = "results" in whole["properties"]
    row = resolved(whole["properties"]["results"]["items"]) if is_page else whole
    fields = {name: row["properties"][name] for name in names}
    asked_for = {name: row["properties"][name] for name in ASKED_FOR & row["properties"].keys()}
    fewer = {
        "properties": fields | asked_for,
        "required": list(fields),
        "additionalProperties": False,
    }
    results = {"properties": {"results": {"items": fewer}}, "required": ["results"]}
    return (results if is_page else fewer) | {"components": {"schemas": schemas}}


def failures_of(operation, headers, cases, mode):
    """What Hypothesis found for one operation; each try is rolled back."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, real=strategies.booleans())
    def ask(case, real):
        path = case.meta.components.get(ParameterLocation.PATH)
        # Where the path is what is wrong, it has to stay so.
        if real and not (path and path.mode.is_negative):
            case.path_parameters = {**(case.path_parameters or {}), **real_parameters(operation)}
        with transaction.atomic():
            try:
                hold_to_the_schema(case, case.call(headers=headers), headers)
            finally:
                transaction.set_rollback(True)

    try:
        ask()
    except BaseExceptionGroup as error:
        return [f"{operation.label}: {error}"]
    except Exception as error:  # noqa: BLE001 (told by the test)
        return [f"{operation.label}: {type(error).__name__} {error}"]
    return []


@pytest.mark.parametrize(
    "mode",
    [GenerationMode.POSITIVE, pytest.param(GenerationMode.NEGATIVE, marks=pytest.mark.once)],
)
def test_no_answer_breaks_the_schema_and_none_is_a_500(api_schema, program, mode):
    found = []
    for result in api_schema.get_all_operations():
        operation = result.ok()
        takes = mode.is_positive or operation.body or operation.query or operation.headers
        if takes:
            cases = operation.as_strategy(generation_mode=mode)
            found += failures_of(operation, program, cases, mode)
    assert not found, "\n\n".join(found)


def test_the_document_is_openapi_31_and_names_every_path(client):
    answer = client.get("/support/api/v1/schema/")
    assert answer["Content-Type"] == "application/json"
    data = answer.json()
    assert data["openapi"].startswith("3.1")
    paths = {path.removeprefix("/support/api/v1/") for path in data["paths"]}
    assert len(paths) == len({str(pattern.pattern) for pattern in described})
    operations = [
        operation["operationId"]
        for item in data["paths"].values()
        for method, operation in item.items()
        if method in ("get", "post", "patch", "delete")
    ]
    assert len(operations) == len(set(operations)) > 50


def test_making_it_warns_of_nothing(capsys, monkeypatch):
    from wagtail_escalated.api import schema as schema_module

    monkeypatch.setattr(schema_module, "_documents", {})
    document()
    assert capsys.readouterr().err == ""


def test_the_hosts_settings_of_drf_and_spectacular_change_nothing(client, settings):
    before = json.dumps(client.get("/support/api/v1/schema/").json())
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_PAGINATION_CLASS": None,
        "EXCEPTION_HANDLER": "nowhere.at_all",
    }
    settings.SPECTACULAR_SETTINGS = {"TITLE": "The host's own", "OAS_VERSION": "3.0.3"}
    from wagtail_escalated.api import schema as schema_module

    schema_module._documents.clear()
    assert json.dumps(client.get("/support/api/v1/schema/").json()) == before
    assert client.get(reverse("wagtail_escalated:api_tickets")).status_code == 401


def test_each_example_is_taken_and_its_answer_keeps_to_the_schema(api_schema, program):
    """Those that name rows which a desk may not have are held to their schemas alone."""
    taken = set()
    for result in api_schema.get_all_operations():
        operation = result.ok()
        shape = operation.definition.raw.get("requestBody", {}).get("content", {})
        name = shape.get("application/json", {}).get("schema", {}).get("$ref", "").split("/")[-1]
        if operation.label not in SENT_AS_THEY_STAND:
            continue
        (example,) = document()["components"]["schemas"][name]["examples"]
        case = operation.Case(
            path_parameters=real_parameters(operation),
            body=example,
            media_type="application/json",
        )
        with transaction.atomic():
            response = case.call_and_validate(headers=program)
            assert response.status_code in (200, 201, 202), f"{operation.label}: {response.text}"
            transaction.set_rollback(True)
        taken.add(operation.label)
    assert taken == SENT_AS_THEY_STAND


API = "/support/api/v1/"
SENT_AS_THEY_STAND = {
    f"POST {API}{path}"
    for path in (
        "tickets/",
        *(
            f"tickets/{{reference}}/{name}/"
            for name in (
                *("replies", "notes", "assign", "status", "priority", "tags"),
                *("snooze", "spam", "follow", "drafts", "sla-policy"),
            )
        ),
        *(
            "departments/",
            "tags/",
            "sla-policies/",
            "sla-policies/what-if/",
            "canned-responses/",
            "saved-views/",
        ),
        *("custom-fields/", "macros/", "contacts/", "organisations/", "blocked-senders/"),
        *("business-hours/{id}/public-holidays/", "macros/preview/", "workflows/preview/"),
        *("business-hours/", "workflows/", "automations/", "webhooks/", "notifications/read/"),
    )
} | {
    f"PATCH {API}tickets/{{reference}}/",
    f"PATCH {API}notifications/preferences/",
    f"PATCH {API}desk-settings/{{id}}/",
    f"POST {API}mails/test/",
}


def test_each_thing_that_is_sent_has_an_example(client):
    schemas = document()["components"]["schemas"]
    sent = {name for name in schemas if name.endswith("Request")} - {
        # Parts of others.
        *("RequesterSentRequest", "TargetJSONRequest", "AnswerJSONRequest", "ChoiceJSONRequest"),
        *("ShiftJSONRequest", "HolidayJSONRequest"),
    }
    assert [name for name in sorted(sent) if "examples" not in schemas[name]] == []
