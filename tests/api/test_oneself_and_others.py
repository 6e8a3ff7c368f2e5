"""What agents say about themselves, what a person may ask for, and what a rule would do before it does it."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from tests.factories import make_department, make_reader, make_ticket
from wagtail_escalated.actions import messages
from wagtail_escalated.models import Contact, Macro, RuleRun, Ticket, TicketEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
URGENT = {"actions": [{"action": "priority", "value": "urgent"}]}
INCIDENTS = {"conditions": [{"field": "type", "operator": "is", "value": ["incident"]}]}


def test_an_agent_says_that_they_are_away_and_back(api, agent, ticket):
    program, until = api(agent), timezone.now() + timedelta(days=2)
    assert program.get("me/availability/").json()["away"] is False
    told = program.patch("me/availability/", {"away": True, "away_until": until}).json()
    assert told["away"] is True and told["away_until"]
    assert program.post(f"tickets/{ticket.reference}/auto-assign/").json()["assignee"] is None
    signed = program.patch("me/availability/", {"signature": "Kim, support"}).json()
    assert (signed["away"], signed["away_until"]) == (True, told["away_until"])
    assert program.patch("me/availability/", {"away": False}).json() == {
        "away": False,
        "away_until": None,
        "signature": "Kim, support",
    }
    past = {"away": True, "away_until": timezone.now() - timedelta(days=1), "signature": "x"}
    wrong = program.patch("me/availability/", past)
    assert (wrong.status_code, list(wrong.json())) == (400, ["away_until"])
    agent.refresh_from_db()
    assert (agent.away, agent.signature) == (False, "Kim, support")


def test_nobody_says_it_for_another(api, agent, ann, manager, sales):
    for user in (ann, manager, make_reader(departments=(sales,)).user):
        assert api(user).get("me/availability/").status_code == 403
        assert api(user).patch("me/availability/", {"away": True}).status_code == 403
    assert api().patch("me/availability/", {"away": True}).status_code == 401
    assert api(agent, scopes=["read"]).patch("me/availability/", {}).status_code == 403
    agent.refresh_from_db()
    assert agent.away is False


def test_a_manager_gets_all_that_is_kept_about_somebody_without_a_note(api, agent, manager, ticket):
    messages.add_note(ticket, body="Words-of-a-note", actor=agent.user)
    path = f"contacts/{ticket.requester_id}/export/"
    archive = zipfile.ZipFile(BytesIO(b"".join(api(manager).get(path).streaming_content)))
    told = archive.read("contact.json").decode()
    assert ticket.subject in told
    assert "Words-of-a-note" not in told


def test_erasing_is_counted_first_and_meant_by_the_address(api, manager, ticket):
    program, path = api(manager), f"contacts/{ticket.requester_id}/erase/"
    counts = {"tickets": 1, "messages": 0, "letters": 0}
    assert program.get(path).json() == counts
    wrong = program.post(path, {"address": "another@example.com"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["address"])
    assert Ticket.objects.count() == 1
    erased = program.post(path, {"address": ticket.requester.address.upper()})
    assert (erased.status_code, erased.json()) == (200, counts)
    assert not Ticket.objects.exists()
    assert not Contact.objects.filter(address=ticket.requester.address).exists()


def test_both_are_the_managers(api, agent, ann, ticket, strangers):
    contact = ticket.requester
    for user in (agent, ann, *strangers.values()):
        assert api(user).get(f"contacts/{contact.pk}/export/").status_code == 403
        assert api(user).get(f"contacts/{contact.pk}/erase/").status_code == 403
        sent = {"address": contact.address}
        assert api(user).post(f"contacts/{contact.pk}/erase/", sent).status_code == 403
    assert Ticket.objects.count() == 1


def test_a_manager_without_the_scope_erases_nobody(api, manager, ticket):
    path, sent = f"contacts/{ticket.requester_id}/erase/", {"address": ticket.requester.address}
    assert api(manager, scopes=["read", "write"]).post(path, sent).status_code == 403
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("kind", ["macros", "workflows", "automations"])
def test_what_a_rule_would_change_is_told_and_not_done(api, manager, sales, kind):
    ticket = make_ticket(department=sales, type="incident")
    make_ticket(department=sales)
    events = TicketEvent.objects.count()
    sent = {"conditions": INCIDENTS, "actions": URGENT}
    told = api(manager).post(f"{kind}/preview/", sent).json()
    assert (told["count"], told["capped"]) == (1, False)
    [trial] = told["first"]
    assert (trial["ticket"], trial["reason"]) == (ticket.reference, "")
    assert [(deed["action"], deed["value"]) for deed in trial["done"]] == [("priority", "urgent")]
    assert Ticket.objects.get(pk=ticket.pk).priority_name == "medium"
    assert TicketEvent.objects.count() == events
    assert not RuleRun.objects.exists() and not Macro.objects.exists()
    wrong = api(manager).post(f"{kind}/preview/", {"actions": {"actions": [{"action": "fly"}]}})
    assert (wrong.status_code, list(wrong.json())) == (400, ["actions"])


def test_an_agent_tries_macros_on_their_own_tickets_alone(api, agent, ann, sales):
    make_ticket(department=make_department("Elsewhere"), type="incident", subject="Secret")
    told = api(agent).post("macros/preview/", {"conditions": INCIDENTS, "actions": URGENT})
    assert told.json()["count"] == 0
    assert "Secret" not in json.dumps(told.json())
    for kind in ("workflows", "automations"):
        assert api(agent).post(f"{kind}/preview/", {"actions": URGENT}).status_code == 403
    for user in (ann, make_reader(departments=(sales,)).user):
        assert api(user).post("macros/preview/", {"actions": URGENT}).status_code == 403
    assert api().post("macros/preview/", {"actions": URGENT}).status_code == 401
