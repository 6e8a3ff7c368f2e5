"""Custom fields in rules: asked about and set like everything else."""

import json
from datetime import date

import pytest
from django.urls import reverse

from tests.admin.people import installed, manager
from tests.factories import make_ticket
from tests.fields import make_field
from tests.rules.made import all_of, automation, does
from wagtail_escalated.actions import custom_fields
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Automation, RuleOutcome, Ticket

pytestmark = pytest.mark.django_db


def ticket_with(key, value):
    ticket = make_ticket()
    custom_fields.set_field(ticket, key, value, actor=SYSTEM)
    return ticket


def priority(ticket):
    return Ticket.objects.get(pk=ticket.pk).priority


@pytest.mark.parametrize(
    ("type_", "operator", "value", "fits", "misses"),
    [
        ("text", "contains", "4711", "order 4711", "order 12"),
        ("text", "contains_not", "4711", "order 12", "order 4711"),
        ("text", "is", "Straße 4", "STRASSE 4", "Straße 47"),
        ("text", "is_not", "4711", "order 4711", "4711"),
        ("text", "empty", None, "", "4711"),
        ("text", "filled", None, "4711", ""),
        ("number", "empty", None, "", "0"),
        ("number", "filled", None, "0", ""),
        ("date", "empty", None, "", date(2026, 5, 1)),
        ("date", "filled", None, date(2026, 5, 1), ""),
        ("yes_no", "empty", None, "", False),
        ("yes_no", "filled", None, False, ""),
        ("number", "at_least", 10, "10", "9"),
        ("number", "at_most", 10, "10", "11"),
        ("date", "from_day", "2026-05-01", date(2026, 5, 1), date(2026, 4, 30)),
        ("date", "to_day", "2026-05-01", date(2026, 5, 1), date(2026, 5, 2)),
        ("choice", "is", ["laptop"], "laptop", "phone"),
        ("choice", "is_not", ["laptop"], "phone", "laptop"),
        ("yes_no", "yes", None, True, False),
        ("yes_no", "no", None, False, True),
    ],
)
def test_an_automation_asks_what_a_ticket_says(type_, operator, value, fits, misses):
    answers = ("Laptop", "Phone") if type_ == "choice" else ()
    field = make_field("Thing", type_, answers=answers)
    conditions = all_of((f"cf-{field.key}", operator, value))
    automation(conditions, ("priority", "high"))
    told, untold = ticket_with(field.key, fits), ticket_with(field.key, misses)
    automations.run_all()
    assert (priority(told), priority(untold)) == (2, 1)


def test_a_rule_says_what_a_ticket_has_in_a_field(client):
    field = make_field("100 % sure", "choice", answers=("Laptop", "Phone"))
    installed()
    client.force_login(manager("mira"))
    sent = {
        "name": "Sets",
        "active": "on",
        "conditions": "{}",
        "actions": json.dumps(does((f"cf-{field.key}", "phone"))),
    }
    add = reverse("escalated_automations:add")
    assert "100 % sure" in client.get(add).content.decode()
    response = client.post(add, sent)
    assert response.status_code == 302, response.content.decode()
    ticket = make_ticket()
    automations.run_all()
    assert custom_fields_of(ticket) == ["phone"]
    log = reverse("escalated_automations:log", args=[Automation.objects.get().pk])
    assert "Set “100 % sure”: Phone" in client.get(log).content.decode()


def custom_fields_of(ticket):
    return list(ticket.custom_values.values_list("choice__key", flat=True))


def test_a_field_that_is_deleted_breaks_the_rule():
    field = make_field("Thing", "yes_no")
    automation(all_of((f"cf-{field.key}", "no", None)), ("priority", "high"))
    automation(all_of(("open", "yes")), ("priority", "low"), (f"cf-{field.key}", "true"))
    field.delete()
    ticket = make_ticket()
    automations.run_all()
    assert priority(ticket) == 1
    assert not RuleOutcome.objects.exists()
