"""Custom fields in the widget: told in its configuration, sent with its form, shown at the request."""

import pytest

from tests.factories import make_department, make_manager
from tests.fields import make_field
from tests.widget.test_requests import FORM
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import Ticket

pytestmark = pytest.mark.django_db
ASKED = {"filled_in_by_customers": True}


def test_the_configuration_tells_what_is_asked_and_nothing_inner(ask):
    sales = make_department("Sales")
    make_field(
        "Device", "choice", answers=["Laptop"], departments=[sales], help_text="Which?", **ASKED
    )
    make_field("Inner", "text")
    assert ask.get("config").json()["fields"] == [
        {
            "name": "cf-device",
            "label": "Device",
            "help": "Which?",
            "type": "choice",
            "required": False,
            "choices": [{"id": "laptop", "name": "Laptop"}],
            "departments": [sales.pk],
        }
    ]


def test_what_is_sent_is_kept_and_what_is_shown_comes_back(ask):
    make_field("Parts", "several", answers=["Screen", "Keyboard"], **ASKED)
    make_field("Order", "text", required_to_submit=True, visible_to_customers=True, **ASKED)
    make_field("Inner", "text")
    refused = ask.post("tickets", FORM)
    assert refused.status_code == 400
    assert refused.json()["errors"] == {"cf-order": ["Fill this in."]}
    values = {"cf-parts": "screen,keyboard", "cf-order": "4711", "cf-inner": "mine"}
    told = ask.post("tickets", FORM | values).json()
    ticket = Ticket.objects.get()
    assert sorted(ticket.custom_values.values_list("field__key", "plain")) == [
        ("order", "4711"),
        ("parts", "keyboard"),
        ("parts", "screen"),
    ]
    tickets.set_field(ticket, "inner", "Secretly watched", actor=make_manager())
    seen = ask.get(f"tickets/{told['reference']}", token=told["token"])
    assert seen.json()["fields"] == [{"label": "Order", "value": "4711"}]
    assert "watched" not in seen.text
