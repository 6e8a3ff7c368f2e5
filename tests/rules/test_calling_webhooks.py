"""A rule that calls a webhook: sent like all others, and never a reason for half a change."""

import json

import pytest

from tests.factories import make_ticket
from tests.reactions.test_webhooks import answers, receiver  # noqa: F401
from tests.rules.made import workflow
from wagtail_escalated.models import (
    RuleOutcome,
    Ticket,
    WebhookDelivery,
    WebhookEndpoint,
)
from wagtail_escalated.reactions import webhooks_secrets

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
State = WebhookDelivery.State


@pytest.fixture
def endpoint(receiver):  # noqa: F811
    row = WebhookEndpoint(name="Billing", url=receiver.url, kinds=[])
    webhooks_secrets.give_first(row)
    return row


def test_it_is_sent_what_the_rule_calls_it_for_and_nothing_else(receiver, endpoint):  # noqa: F811
    workflow("created", ("priority", "high"), ("webhook", str(endpoint.pk)))
    ticket = make_ticket()
    [(_path, _headers, body)] = receiver.got
    said = json.loads(body)
    assert (said["type"], said["data"]["ticket"]) == ("ticket.rule", ticket.reference)


def test_one_that_fails_is_tried_again_and_the_ticket_stays_changed(receiver, endpoint):  # noqa: F811
    receiver.behave = answers(500)
    workflow("created", ("priority", "high"), ("webhook", str(endpoint.pk)))
    ticket = make_ticket()
    assert Ticket.objects.get(pk=ticket.pk).priority == 2
    assert RuleOutcome.objects.get().result == "done"
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (State.PENDING, 1)
    assert delivery.next_attempt_at is not None
    assert delivery.log.get().status == 500


def test_one_that_is_switched_off_changes_nothing_and_is_told(receiver, endpoint):  # noqa: F811
    WebhookEndpoint.objects.update(active=False)
    workflow("created", ("priority", "high"), ("webhook", str(endpoint.pk)))
    ticket = make_ticket()
    assert Ticket.objects.get(pk=ticket.pk).priority == 1
    assert not receiver.got
    assert "“Billing” is switched off" in RuleOutcome.objects.get().reason
