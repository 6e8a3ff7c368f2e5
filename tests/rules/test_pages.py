"""The managers' pages: forms, preview, log, run now."""

import json
import re

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from tests.admin.people import agent, installed, manager
from tests.factories import make_department, make_ticket
from tests.rules.made import all_of, automation, does, workflow
from wagtail_escalated.models import Automation, RuleOutcome, Tag, Ticket, Workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    installed()
    user = manager("mira")
    client.force_login(user)
    return user


def text_of(response):
    return " ".join(response.content.decode().split())


def form(name="Rule", conditions=None, actions=None, **fields):
    return {
        "name": name,
        "active": "on",
        "conditions": json.dumps(conditions or {}),
        "actions": json.dumps(actions or does(("priority", "high"))),
        **fields,
    }


def test_an_automation_is_written_by_its_form(client, boss):
    conditions = all_of(("status", "is", ["open"]), ("hours_since_message", "at_least", 48))
    sent = form("Waits", conditions)
    response = client.post(reverse("escalated_automations:add"), sent)
    assert response.status_code == 302, text_of(response)
    assert Automation.objects.get().conditions == conditions


def test_a_workflow_needs_an_event(client, boss):
    add = reverse("escalated_workflows:add")
    assert "This field is required" in text_of(client.post(add, form(by="anybody")))
    client.post(add, form(by="customer", events=["replied", "created"]))
    assert Workflow.objects.get().events == ["replied", "created"]


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        (all_of(("nonsense", "is", ["x"])), "no longer exists"),
        (all_of(("status", "is", [])), "Choose something."),
        (all_of(("status", "at_least", ["open"])), "Choose how to compare."),
        (all_of(("subject", "contains", " ")), "Write what to look for."),
        (all_of(("hours_since_message", "at_least", "many")), "Write a whole number."),
        (all_of(("tags", "any", ["4711"])), "4711"),
        ({"version": 99, "conditions": []}, "cannot be read"),
    ],
)
def test_a_wrong_condition_is_told_at_its_row(client, boss, conditions, why):
    response = client.post(reverse("escalated_automations:add"), form(conditions=conditions))
    assert response.status_code == 200
    assert why in text_of(response)
    assert not Automation.objects.exists()


@pytest.mark.parametrize(
    ("actions", "why"),
    [
        (does(), "Say what the rule does."),
        (does(("nonsense",)), "Choose what to do."),
        (does(("take",)), "Choose what to do."),
        (does(("reply", "{{ secret.key }}")), "There is no such variable"),
        (does(("snooze", 0)), "From 1 to"),
        ("[]", "Say what the rule does."),
        ("{", "cannot be read"),
    ],
)
def test_a_wrong_action_is_told_at_its_row(client, boss, actions, why):
    sent = form()
    sent["actions"] = actions if isinstance(actions, str) else json.dumps(actions)
    response = client.post(reverse("escalated_automations:add"), sent)
    assert response.status_code == 200
    assert why in text_of(response)


def test_the_preview_tells_what_would_change_and_changes_nothing(client, boss):
    plain, high = make_ticket(subject="Plain"), make_ticket(subject="High", priority="high")
    closed = make_ticket(subject="Cannot")
    Ticket.objects.filter(pk=closed.pk).update(status="closed", is_open=False)
    page = text_of(
        client.post(
            reverse("escalated_automations:preview"),
            {
                "conditions": "{}",
                "actions": json.dumps(does(("priority", "high"), ("status", "in_progress"))),
            },
        )
    )
    assert "3 tickets meet the conditions now." in page
    assert "Set the priority to High" in page
    assert page.count("(was so already)") == 1
    assert "A ticket cannot go from “Closed” to “In progress”" in page
    assert [Ticket.objects.get(pk=one.pk).version for one in (plain, high)] == [1, 1]
    assert not RuleOutcome.objects.exists()


def test_an_agents_preview_shows_tickets_of_their_departments_alone(client):
    installed()
    ours = make_department("Sales")
    client.force_login(agent("ada", [ours]))
    make_ticket(subject="Of ours", department=ours)
    make_ticket(subject="Of others", department=make_department("Elsewhere"))
    page = text_of(
        client.post(
            reverse("escalated_macros:preview"),
            {"conditions": "{}", "actions": json.dumps(does(("priority", "high")))},
        )
    )
    assert "Of ours" in page
    assert "Of others" not in page


def test_run_now_and_the_log(client, boss):
    rule = automation(all_of(("subject", "contains", "printer")), ("priority", "urgent"))
    ticket = make_ticket(subject="The printer")
    log = reverse("escalated_automations:log", args=[rule.pk])
    assert "Nothing yet." in text_of(client.get(log))
    with pytest.MonkeyPatch.context() as patched:
        # The callbacks of this transaction, which the test never commits.
        patched.setattr("wagtail_escalated.tasks.once_committed", lambda call, *args: call(*args))
        client.post(log, {"do": "run"})
    assert Ticket.objects.get(pk=ticket.pk).priority == 3
    page = text_of(client.get(log))
    assert ticket.reference in page
    assert "Set the priority to Urgent" in page
    assert "by hand" in page


def test_a_rule_that_names_something_deleted_is_shown_as_broken(client, boss):
    tag = Tag.objects.create(name="Gone")
    rule = workflow("created", ("add_tags", [str(tag.pk)]), name="Tagging")
    tag.delete()
    listed = text_of(client.get(reverse("escalated_workflows:index")))
    assert "Broken, does nothing: Action 1:" in listed
    for page in ("edit", "log"):
        told = text_of(client.get(reverse(f"escalated_workflows:{page}", args=[rule.pk])))
        assert "This rule is broken" in told
        assert f"(number {tag.pk or ''}" in told


def test_a_rule_is_switched_off_and_on_where_its_log_is(client, boss):
    rule = workflow("created", ("priority", "high"))
    log = reverse("escalated_workflows:log", args=[rule.pk])
    client.post(log, {"do": "switch"})
    assert not Workflow.objects.get().active
    assert "Off" in text_of(client.get(reverse("escalated_workflows:index")))
    client.post(log, {"do": "switch"})
    assert Workflow.objects.get().active


@pytest.mark.parametrize("make", [workflow, automation])
def test_a_list_says_once_whether_a_rule_works_and_is_sorted_by_it(client, boss, make):
    first = "created" if make is workflow else all_of(("open", "yes"))
    rules = [make(first, ("priority", "high"), name=name) for name in ("Alert", "Bump")]
    rules[0].active = False
    rules[0].save()
    index = reverse(f"escalated_{rules[0].kind}s:index")
    listed = text_of(client.get(index, {"ordering": "active"}))
    heads = [strip_tags(head).strip() for head in re.findall("<th .*?</th>", listed)]
    assert [head for head in heads if head in ("State", "Active")] == ["State"]
    assert listed.index("Alert") < listed.index("Bump")
    listed = text_of(client.get(index, {"ordering": "-active"}))
    assert listed.index("Bump") < listed.index("Alert")


def test_agents_reach_neither_workflows_nor_automations(client):
    installed()
    client.force_login(agent("ada"))
    rule = automation(all_of(("open", "yes")), ("priority", "high"))
    assert client.get(reverse("escalated_automations:index")).status_code == 302
    assert client.get(reverse("escalated_automations:log", args=[rule.pk])).status_code == 404
    response = client.post(reverse("escalated_automations:log", args=[rule.pk]), {"do": "switch"})
    assert response.status_code == 404
    assert Automation.objects.get().active


def test_the_list_asks_as_often_for_many_rules_as_for_few(client, boss, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("escalated_automations:index"))
        return len(captured)

    tag = str(Tag.objects.first().pk)
    automation(all_of(("tags", "any", [tag])), ("priority", "high"))
    queries()
    few = queries()
    for _number in range(20):
        automation(all_of(("tags", "any", [tag])), ("priority", "high"))
    assert queries() == few
