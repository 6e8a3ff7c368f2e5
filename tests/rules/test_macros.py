"""Macros: by a click on the ticket, for a selection in the inbox, and by the API."""

import pytest
from django.urls import reverse

from tests.admin.people import agent, installed, manager
from tests.factories import make_agent, make_department, make_ticket
from tests.rules.made import all_of, macro
from wagtail_escalated.actions import api_tokens
from wagtail_escalated.models import (
    Macro,
    OutboundEmail,
    Reply,
    RuleOutcome,
    Tag,
    Ticket,
    display_name,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    installed()
    department = make_department("Sales")
    user = agent("ada", [department])
    client.force_login(user)
    return user, department


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def page_of(ticket):
    return reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])


def run_url(ticket, rule):
    return reverse("wagtail_escalated_admin:ticket_macro", args=[ticket.reference, rule.pk])


def bulk(client, rule, *tickets):
    return client.post(
        reverse("wagtail_escalated_admin:inbox_bulk"),
        {"do": f"macro:{rule.pk}", "ticket": [ticket.reference for ticket in tickets]},
        follow=True,
    )


def test_the_ticket_offers_own_and_shared_macros_and_no_others(client, desk):
    user, department = desk
    macro(("priority", "high"), name="My own", owner=user)
    macro(("priority", "high"), name="For all")
    macro(("priority", "high"), name="For Sales", department=department)
    macro(("priority", "high"), name="Of somebody else", owner=make_agent().user)
    macro(("priority", "high"), name="For others", department=make_department("Elsewhere"))
    macro(("priority", "high"), name="Switched off", active=False)
    page = client.get(page_of(make_ticket(department=department))).content.decode()
    assert all(name in page for name in ("My own", "For all", "For Sales"))
    assert not any(name in page for name in ("Of somebody else", "For others", "Switched off"))


def test_a_click_does_all_of_it_as_the_agent_and_one_undo_takes_it_back(client, desk, settings):
    user, department = desk
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 30}
    tag = Tag.objects.create(name="refund")
    rule = macro(
        ("take",),
        ("add_tags", [str(tag.pk)]),
        ("reply", "Dear {{ requester.first_name }}, {{ agent.first_name }} is on it."),
        ("status", "waiting_on_customer"),
    )
    ticket = make_ticket(department=department)
    response = client.post(run_url(ticket, rule), HTTP_ACCEPT="application/json")
    after = fresh(ticket)
    assert (after.status, after.assignee.user) == ("waiting_on_customer", user)
    reply = Reply.objects.get(ticket=ticket)
    assert reply.author_user == user
    assert f"{display_name(user)} is on it" in reply.body
    outcome = RuleOutcome.objects.get(ticket=ticket)
    assert (outcome.run.user, outcome.result) == (user, "done")
    assert Macro.objects.get().use_count == 1

    client.post(response.json()["undo"], {"next": page_of(ticket)})
    back = fresh(ticket)
    assert (back.status, back.assignee, back.reply_count) == ("open", None, 0)
    assert not back.tags.exists()
    mails = OutboundEmail.objects.filter(ticket=ticket, kind="reply")
    assert {mail.state for mail in mails} <= {OutboundEmail.State.CANCELLED}


def test_what_cannot_be_done_changes_nothing_and_says_why(client, desk):
    _user, department = desk
    stranger = make_agent("zoe", departments=(make_department("Elsewhere"),))
    rule = macro(("priority", "urgent"), ("assign", str(stranger.pk)))
    ticket = make_ticket(department=department)
    page = client.post(run_url(ticket, rule), follow=True).content.decode()
    assert "Action 2 (Assign to)" in page
    assert "is not an agent of the department Sales" in page
    assert fresh(ticket).priority == 1
    assert RuleOutcome.objects.get(ticket=ticket).result == "failed"


def test_conditions_a_broken_macro_and_one_switched_off_are_told(client, desk):
    _user, department = desk
    ticket = make_ticket(department=department)
    tag = Tag.objects.create(name="Gone")
    rules = {
        "does not meet the conditions": macro(
            ("priority", "high"), conditions=all_of(("status", "is", ["closed"]))
        ),
        "no longer exists": macro(("priority", "high"), ("add_tags", [str(tag.pk)])),
        "switched off": macro(("priority", "high"), active=False),
    }
    tag.delete()
    for why, rule in rules.items():
        assert why in client.post(run_url(ticket, rule), follow=True).content.decode()
    assert fresh(ticket).priority == 1


def test_a_stranger_to_ticket_or_macro_gets_404(client, desk):
    _user, department = desk
    rule = macro(("priority", "high"))
    private = macro(("priority", "high"), owner=make_agent().user)
    theirs = make_ticket(department=make_department("Elsewhere"))
    ours = make_ticket(department=department)
    assert client.post(run_url(theirs, rule)).status_code == 404
    assert client.post(run_url(ours, private)).status_code == 404
    assert fresh(ours).priority == fresh(theirs).priority == 1


def test_for_a_selection_the_rest_is_done_and_one_undo_brings_all_back(client, desk):
    _user, department = desk
    rule = macro(("status", "resolved"), ("priority", "low"), name="Done")
    tickets = [make_ticket(department=department) for _number in range(3)]
    foreign = make_ticket(department=make_department("Elsewhere"))
    choices = client.get(reverse("wagtail_escalated_admin:inbox_bulk")).content.decode()
    assert f'value="macro:{rule.pk}"' in choices
    page = bulk(client, rule, *tickets, foreign).content.decode()
    assert "3 tickets changed" in page
    assert fresh(foreign).status == "open"
    assert {fresh(ticket).status for ticket in tickets} == {"resolved"}
    assert rule.runs.count() == 1
    undo = page.split("/undo/")[1].split("/")[0]
    client.post(reverse("wagtail_escalated_admin:undo", args=[undo]))
    assert {(fresh(one).status, fresh(one).priority) for one in tickets} == {("open", 1)}


def test_the_api_lists_makes_and_runs_macros(client, desk):
    user, department = desk
    _row, token = api_tokens.create(user, name="Mine", scopes=["read", "write"])
    headers = {"authorization": f"Bearer {token}"}
    ticket = make_ticket(department=department)
    conditions = all_of(("priority", "is", ["medium"]))
    made = client.post(
        reverse("wagtail_escalated:api_macros"),
        {
            "name": "Up",
            "conditions": conditions,
            "actions": {"actions": [{"action": "priority", "value": "high"}]},
        },
        content_type="application/json",
        headers=headers,
    )
    assert made.status_code == 201, made.content
    listed = client.get(reverse("wagtail_escalated:api_macros"), headers=headers).json()
    assert [row["name"] for row in listed["results"]] == ["Up"]
    run = reverse("wagtail_escalated:api_ticket_macro", args=[ticket.reference])
    sent = {"macro": made.json()["id"]}
    first = client.post(run, sent, content_type="application/json", headers=headers)
    assert (first.status_code, first.json()["priority"]) == (200, "high")
    again = client.post(run, sent, content_type="application/json", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "macro_failed")
    wrong = client.post(
        reverse("wagtail_escalated:api_macros"),
        {"name": "X", "actions": {"actions": [{"action": "add_tags", "value": ["999"]}]}},
        content_type="application/json",
        headers=headers,
    )
    assert wrong.status_code == 400
    assert "no longer exists" in wrong.json()["actions"][0]


def test_a_shared_macro_is_the_managers_to_change(client, desk):
    rule = macro(("priority", "high"), name="Shared")
    edit = reverse("escalated_macros:edit", args=[rule.pk])
    assert client.get(edit).status_code == 404
    client.force_login(manager())
    assert client.get(edit).status_code == 200
