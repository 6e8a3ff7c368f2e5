"""The rules of the demonstration: whole, and of some use."""

import pytest

from sandbox.content.rules import write_rules
from tests.factories import make_department, make_ticket
from wagtail_escalated.actions.rules.checking import Problems
from wagtail_escalated.models import (
    Automation,
    CannedResponse,
    EventKind,
    Macro,
    Ticket,
    Workflow,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def written():
    make_department("Billing")
    machines = make_department("Machines")
    CannedResponse.objects.create(title="Ask for the order number", body="Which number?")
    write_rules()
    return machines


def test_none_is_broken():
    rules = [*Macro.objects.all(), *Workflow.objects.all(), *Automation.objects.all()]
    assert len(rules) == 4
    assert [Problems().of(rule) for rule in rules] == [[]] * 4


def test_a_machine_that_leaks_is_urgent(written, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        wet = make_ticket(department=written, subject="My grinder leaks")
        dry = make_ticket(department=written, subject="My grinder sings")
    found = {pk: Ticket.objects.get(pk=pk).priority_name for pk in (wet.pk, dry.pk)}
    assert found == {wet.pk: "urgent", dry.pk: "medium"}
    assert wet.events.filter(kind=EventKind.TAGS).exists()
