"""A custom field chooses the policy: conditions written by a manager, answers given by a visitor."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.admin.test_viewsets import policy_form
from tests.fields import make_field
from tests.portal.test_submitting import NEW, form
from tests.sla.promises import make_policy
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import CustomField, SLAPolicy, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    """Logged in; the desk has a default policy."""
    user = factories.make_manager()
    user.user_permissions.add(
        *(
            factories.permission_named(f"wagtail_escalated.{what}_slapolicy")
            for what in ("add", "change")
        )
    )
    client.force_login(user)
    make_policy("Default")
    return user


def conditions(*leaves, match="all"):
    rows = [dict(zip(("field", "operator", "value"), leaf, strict=False)) for leaf in leaves]
    return json.dumps({"match": match, "conditions": rows})


def save_policy(client, *leaves, match="all"):
    """The answer to the form of a new one, which promises something at the usual priority."""
    targets = {"target_medium_resolution": "1d"}
    sent = policy_form(name="VIP", for_fields=conditions(*leaves, match=match), **targets)
    return client.post(reverse("escalated_sla_policies:add"), sent)


def policy_of(ticket):
    return ticket.clocks.select_related("policy").first().policy.name


def visitors_ticket(client, **values):
    client.logout()
    response = client.post(reverse(NEW), form(**values))
    assert response.status_code == 302, response.context["form"].errors
    return Ticket.objects.latest("pk")


ANSWERS = {"choice": ["Gold", "Silver"], "several": ["Gold", "Silver"]}


@pytest.mark.parametrize(
    ("type_", "operator", "value", "meets", "misses"),
    [
        ("text", "contains", "Gold", "my GOLD card", "silver"),
        ("text", "contains_not", "gold", "silver", "Golden"),
        ("number", "at_least", "2.5", "2.5", "2.4999"),
        ("number", "at_most", "-3", "-3.5", "0"),
        ("date", "from_day", "2026-05-01", "2026-05-01", "2026-04-30"),
        ("date", "to_day", "2026-05-01", "2026-05-01", "2026-05-02"),
        ("yes_no", "yes", None, "true", "false"),
        ("yes_no", "no", None, "false", "true"),
        ("choice", "is", ["gold"], "gold", "silver"),
        ("choice", "is_not", ["gold"], "silver", "gold"),
        ("several", "is", ["gold"], ["silver", "gold"], ["silver"]),
        ("several", "is_not", ["gold"], ["silver"], ["gold", "silver"]),
    ],
)
def test_what_a_visitor_answers_chooses_the_policy(
    client, manager, type_, operator, value, meets, misses
):
    make_field("Plan", type_, answers=ANSWERS.get(type_, []), filled_in_by_customers=True)
    leaf = ("cf-plan", operator) if value is None else ("cf-plan", operator, value)
    assert save_policy(client, leaf).status_code == 302
    given = {"cf-plan": meets}
    assert policy_of(visitors_ticket(client, **given)) == "VIP"
    assert policy_of(visitors_ticket(client, **{"cf-plan": misses})) == "Default"


def test_several_conditions_are_joined_as_the_form_says(client, manager):
    make_field("Plan", "choice", answers=["Gold"], filled_in_by_customers=True)
    make_field("Seats", "number", filled_in_by_customers=True)
    both = [("cf-plan", "is", ["gold"]), ("cf-seats", "at_least", "100")]
    save_policy(client, *both)
    assert policy_of(visitors_ticket(client, **{"cf-plan": "gold"})) == "Default"
    assert policy_of(visitors_ticket(client, **{"cf-plan": "gold", "cf-seats": "120"})) == "VIP"
    SLAPolicy.objects.filter(name="VIP").update(
        for_fields=json.loads(conditions(*both, match="any"))
    )
    assert policy_of(visitors_ticket(client, **{"cf-seats": "120"})) == "VIP"


def test_an_answer_that_changes_later_chooses_anew_and_undo_takes_that_back(client, manager):
    make_field("Seats", "number")
    save_policy(client, ("cf-seats", "at_least", "100"))
    ticket = factories.make_ticket()
    url = reverse("wagtail_escalated_admin:ticket_change", args=[ticket.reference, "field"])
    said = client.post(url, {"key": "seats", "value": "100"}, HTTP_ACCEPT="application/json")
    assert policy_of(ticket) == "VIP"
    client.post(said.json()["undo"])
    assert policy_of(ticket) == "Default"


@pytest.mark.parametrize(
    ("leaf", "sentence"),
    [
        (("cf-plan", "is", ["platinum"]), "What was chosen here no longer exists"),
        (("cf-plan", "is", []), "Choose something."),
        (("cf-plan", "contains", "gold"), "Choose how to compare."),
        (("cf-seats", "at_least", "many"), "Write a number, such as 12 or 2.5."),
        (("cf-seats", "at_least", "1.23456"), "Write a number, such as 12 or 2.5."),
        (("cf-gone", "yes"), "What this condition asks about no longer exists."),
        (("priority", "is", ["high"]), "What this condition asks about no longer exists."),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_at_its_row(client, manager, leaf, sentence):
    make_field("Plan", "choice", answers=["Gold"])
    make_field("Seats", "number")
    page = save_policy(client, leaf)
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert not SLAPolicy.objects.filter(name="VIP").exists()


@pytest.mark.parametrize("type_", ["text", "number", "date", "yes_no", "several"])
def test_a_field_that_a_policy_asks_for_cannot_be_deleted(client, manager, type_):
    field = make_field("Plan", type_, answers=ANSWERS.get(type_, []))
    asked = {"field": "cf-plan", "operator": "any"}
    nested = {"match": "any", "conditions": [{"match": "all", "conditions": [asked]}]}
    SLAPolicy.objects.create(name="VIP", for_fields=nested)
    manager.user_permissions.add(factories.permission_named("wagtail_escalated.delete_customfield"))
    url = reverse("escalated_custom_fields:delete", args=[field.pk])
    assert "is used by 1 SLA policy" in client.get(url).content.decode()
    client.post(url)
    assert CustomField.objects.filter(pk=field.pk).exists()


def test_twenty_such_policies_are_asked_at_once():
    make_field("Seats", "number")
    make_policy("Default")
    asked = []
    for number in (1, 19):
        for seats in range(number):
            leaf = ("cf-seats", "at_least", str(seats + number))
            make_policy(
                f"{number}: {seats}", default=False, for_fields=json.loads(conditions(leaf))
            )
        ticket = factories.make_ticket()
        with CaptureQueriesContext(connection) as queries:
            tickets.set_priority(ticket, "high", actor=factories.make_manager())
        asked.append(len(queries))
    assert asked[0] == asked[1]
