"""Custom fields by the API: values read and written, lists narrowed, the fields themselves kept."""

import json

import pytest

from tests.api.test_lists import queries
from tests.factories import make_ticket
from tests.fields import make_field
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import CustomField, EventKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def fields():
    make_field("Device", "choice", answers=["Laptop", "Phone"], filled_in_by_customers=True)
    make_field("Parts", "several", answers=["Screen", "Keyboard"])
    make_field("Order", "text", filled_in_by_customers=True, visible_to_customers=True)
    make_field("Cost", "number")
    make_field("Bought", "date")
    make_field("Warranty", "yes_no")


VALUES = {
    "device": "laptop",
    "parts": ["keyboard", "screen"],
    "order": "Ünï 4711",
    "cost": 9.5,
    "bought": "2026-01-31",
    "warranty": False,
}


def test_what_is_written_is_read_again(api, agent, ticket, fields):
    program = api(agent)
    answer = program.patch(f"tickets/{ticket.reference}/", {"custom_fields": VALUES})
    assert answer.status_code == 200, answer.text
    assert answer.json()["custom_fields"] == VALUES
    assert program.get("tickets/").json()["results"][0]["custom_fields"] == VALUES
    assert ticket.events.filter(kind=EventKind.FIELD).count() == 6
    program.patch(f"tickets/{ticket.reference}/", {"custom_fields": {"cost": None, "parts": []}})
    rest = {key: value for key, value in VALUES.items() if key not in ("cost", "parts")}
    assert program.get(f"tickets/{ticket.reference}/").json()["custom_fields"] == rest


def test_a_customer_sees_what_is_shown_to_them_and_nothing_else(api, agent, ann, ticket, fields):
    api(agent).patch(f"tickets/{ticket.reference}/", {"custom_fields": VALUES})
    told = api(ann).get(f"tickets/{ticket.reference}/")
    assert told.json()["custom_fields"] == {"order": "Ünï 4711"}
    for secret in ("laptop", "keyboard", "9.5", "2026-01-31", "warranty"):
        assert secret not in told.text
    assert api(ann).get("tickets/").json()["results"][0]["custom_fields"] == {"order": "Ünï 4711"}
    assert api(ann).get("tickets/?cf-device=laptop").status_code == 400


def test_the_public_version_grows_only_with_what_a_customer_sees(agent, ticket, fields):
    before = ticket.public_version
    tickets.set_field(ticket, "cost", 3, actor=agent.user)
    assert ticket.public_version == before
    tickets.set_field(ticket, "order", "1", actor=agent.user)
    assert ticket.public_version == before + 1


@pytest.mark.parametrize(
    "sent, key",
    [
        ({"cost": "many"}, "cost"),
        ({"cost": True}, "cost"),
        ({"bought": 5}, "bought"),
        ({"device": ["laptop", "phone"]}, "device"),
        ({"device": "fridge"}, "device"),
        ({"order": 5}, "order"),
        ({"gone": 1}, "gone"),
        ({"warranty": "perhaps"}, "warranty"),
    ],
)
def test_a_wrong_value_is_400_at_its_field_and_nothing_is_written(
    api, agent, ticket, fields, sent, key
):
    whole = {"custom_fields": {"order": "kept?"} | sent}
    answer = api(agent).patch(f"tickets/{ticket.reference}/", whole)
    assert answer.status_code == 400
    assert key in answer.json()["custom_fields"]
    assert not ticket.custom_values.exists()


@pytest.mark.parametrize("sent", [5, [], {"a": {}}, {"order": ["a", 5]}, {"order": "\ud800"}])
def test_what_is_no_object_of_values_is_400(api, agent, ticket, fields, sent):
    answer = api(agent).patch(f"tickets/{ticket.reference}/", {"custom_fields": sent})
    assert answer.status_code == 400 and "custom_fields" in answer.json()


def test_resolving_without_a_required_field_is_409_and_names_it(api, agent, ticket):
    make_field("Root cause", "text", required_to_resolve=True)
    program = api(agent)
    for path, sent in (
        ("status/", {"status": "resolved"}),
        ("replies/", {"body": "x", "status": "resolved"}),
    ):
        answer = program.post(f"tickets/{ticket.reference}/{path}", sent)
        assert (answer.status_code, answer.json()["code"]) == (409, "fields_missing")
        assert "“Root cause”" in answer.json()["detail"]
    assert not ticket.replies.exists()
    both = {"status": "resolved", "custom_fields": {"root_cause": "Rain"}}
    assert program.patch(f"tickets/{ticket.reference}/", both).json()["status"] == "resolved"


def test_a_new_ticket_needs_what_is_required_to_submit(api, agent, ann, sales):
    make_field("Order", "text", required_to_submit=True, filled_in_by_customers=True)
    make_field("Inner", "text", required_to_submit=True, departments=[sales])
    sent = {"subject": "Broken", "description": "It broke."}
    for who, more, missing in (
        (ann, {}, "order"),
        (ann, {"custom_fields": {"order": "1", "inner": "x", "gone": 1}}, None),
        (agent, {"custom_fields": {"order": "1"}, "department": sales.pk}, "inner"),
        (agent, {"custom_fields": {"order": "1", "inner": "x"}, "department": sales.pk}, None),
    ):
        answer = api(who).post("tickets/", sent | more)
        assert answer.status_code == (400 if missing else 201), answer.text
        if missing:
            assert list(answer.json()["custom_fields"]) == [missing]
    assert answer.json()["custom_fields"] == {"order": "1", "inner": "x"}
    assert CustomField.objects.get(key="inner").values.count() == 1


def test_the_list_is_narrowed_by_fields(api, agent, ticket, fields, sales, ann):
    program = api(agent)
    make_ticket(requester=ann, actor=ann, department=sales)
    program.patch(f"tickets/{ticket.reference}/", {"custom_fields": VALUES})

    def found(query):
        answer = program.get(f"tickets/?{query}")
        assert answer.status_code == 200, answer.text
        return [row["reference"] for row in answer.json()["results"]]

    for query in (
        "cf-device=laptop",
        "cf-cost-from=9",
        "cf-warranty-is=false",
        "cf-order-contains=ÜNÏ",
    ):
        assert found(query) == [ticket.reference], query
    assert len(found("cf-device=laptop&cf-device=none")) == 2
    for query in ("cf-gone=x", "cf-cost-from=many", "cf-device-near=x"):
        assert program.get(f"tickets/?{query}").status_code == 400, query


def test_a_list_takes_as_many_queries_with_many_fields_as_with_none(api, agent, sales, ann):
    program = api(agent)
    program.get("tickets/")
    few = queries(lambda: program.get("tickets/"))
    for number in range(8):
        make_field(f"Field {number}", "several", answers=["A", "B"])
        ticket = make_ticket(requester=ann, actor=ann, department=sales)
        tickets.set_field(ticket, f"field_{number}", ["a", "b"], actor=agent.user)
    assert queries(lambda: program.get("tickets/")) == few


def test_a_manager_keeps_the_fields(api, manager, agent, sales):
    program = api(manager)
    sent = {
        "name": "Größe der Maschine",
        "type": "choice",
        "choices": [{"label": "Klein"}, {"label": "Groß"}],
        "departments": [sales.pk],
        "required_to_submit": True,
    }
    made = program.post("custom-fields/", sent)
    assert made.status_code == 201, made.text
    field = made.json()
    assert field["key"] == "grosse_der_maschine" or field["key"].startswith("gro")
    assert field["departments"] == [sales.pk]
    small, large = field["choices"]
    ticket = make_ticket(actor=manager, department=sales)
    tickets.set_field(ticket, field["key"], large["key"], actor=manager)

    path = f"custom-fields/{field['id']}/"
    renamed = [large | {"label": "Riesig"}, {"label": "Mittel"}]
    answer = program.patch(path, {"choices": renamed})
    assert [c["label"] for c in answer.json()["choices"]] == ["Riesig", "Mittel"]
    assert program.patch(path, {"choices": [{"label": "Mittel"}]}).status_code == 400
    assert program.patch(path, {"type": "text", "choices": []}).status_code == 400
    assert program.patch(path, {"key": "other"}).status_code == 400
    assert api(agent).patch(path, {"name": "x"}).status_code == 403
    assert program.delete(path).status_code == 409
    assert program.delete(path + "?even_in_use=true").status_code == 204
    assert not ticket.custom_values.exists()


def test_a_customer_reads_the_fields_they_are_asked_for(api, ann, fields):
    rows = api(ann).get("custom-fields/").json()["results"]
    assert [row["key"] for row in rows] == ["device", "order"]
    assert "required_to_resolve" not in json.dumps(rows)


def test_a_saved_view_takes_conditions_on_fields(api, agent, fields):
    program = api(agent)
    sent = {"name": "Laptops", "sharing": "private", "filters": {"cf-device": ["laptop"]}}
    assert program.post("saved-views/", sent).json()["filters"]["cf-device"] == ["laptop"]
    sent = {"name": "x", "sharing": "private", "filters": {"cf-cost-from": ["many"]}}
    assert program.post("saved-views/", sent).status_code == 400


def test_a_webhook_tells_them(agent, fields, ticket):
    from wagtail_escalated.models import WebhookDelivery, WebhookEndpoint
    from wagtail_escalated.reactions.webhooks_payload import body_of

    tickets.set_fields(ticket, VALUES, actor=agent.user)
    endpoint = WebhookEndpoint.objects.create(
        name="x", url="https://example.org", payload=WebhookEndpoint.Payload.FULL
    )
    event = ticket.events.filter(kind=EventKind.FIELD).first()
    told = json.loads(body_of(WebhookDelivery(endpoint=endpoint, event=event)))
    assert told["data"]["details"]["custom_fields"] == VALUES
