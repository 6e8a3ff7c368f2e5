"""A manager writes rules in a real browser and looks at what they would do and did; an agent runs a macro."""

import re

import pytest
from axe_core_python.sync_playwright import Axe

from tests import factories
from wagtail_escalated import jobs
from wagtail_escalated.models import Automation, Macro, Tag, Ticket, Workflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: axe's rules that are Wagtail's own page furniture, not ours.
NOT_OURS = {"region", "landmark-unique"}


@pytest.fixture
def desk(live_server):
    from tests.admin.people import agent, installed, manager

    installed()
    sales = factories.make_department("Sales")
    manager("mira")
    agent("ada", [sales])
    Tag.objects.create(name="refund")
    return sales


@pytest.fixture
def enter(browser_page, live_server):
    """Logs in, and opens a page of the desk."""

    def go(name, path):
        browser_page.goto(f"{live_server.url}/admin/login/?next=/admin/support/{path}")
        browser_page.fill("[name=username]", name)
        browser_page.fill("[name=password]", "password")
        with browser_page.expect_navigation():
            browser_page.keyboard.press("Enter")
        browser_page.wait_for_load_state("networkidle")
        return browser_page

    yield go
    # Without sockets here, the live pages poll; what a policy blocks would stand in the console, too.
    assert [one for one in browser_page.problems if "WebSocket" not in one] == []


def conditions(page):
    return page.locator("[data-controller=esc-conditions]")


def action(page, number, name):
    row = page.locator("[data-controller=esc-actions] .esc-rule__row").nth(number)
    row.get_by_label("Action", exact=True).select_option(label=name)
    return row


def save(page):
    with page.expect_navigation():
        page.locator("footer button[type=submit], form .action-save").first.click()
    page.wait_for_load_state("networkidle")


def violations(page):
    found = Axe().run(page)["violations"]
    return [
        (one["id"], [node["html"][:150] for node in one["nodes"]])
        for one in found
        if one["id"] not in NOT_OURS
    ]


def test_a_manager_writes_an_automation_sees_what_it_would_do_runs_it_and_reads_the_log(
    desk, enter, live_server
):
    ticket = factories.make_ticket(subject="Where is my parcel?", department=desk)
    page = enter("mira", "automations/new/")
    page.fill("[name=name]", "Parcels")
    rows = conditions(page)
    rows.get_by_role("button", name="Add a condition").click()
    row = rows.locator(".esc-rule__row").first
    row.get_by_label("Condition", exact=True).select_option(label="Status")
    row.locator("summary").click()
    row.get_by_label("Open", exact=True).check()
    rows.get_by_role("button", name="Add a group").click()
    inner = rows.locator(".esc-rule__group .esc-rule__group")
    first = inner.locator(".esc-rule__row").first
    first.get_by_label("Condition", exact=True).select_option(label="Subject")
    first.get_by_label("Value", exact=True).fill("parcel")
    inner.get_by_role("button", name="Add a condition").click()
    second = inner.locator(".esc-rule__row").nth(1)
    second.get_by_label("Condition", exact=True).select_option(label="Number of replies")
    second.get_by_label("Value (replies)").fill("3")
    action(page, 0, "Set the priority").get_by_label("Value").select_option(label="High")
    page.get_by_role("button", name="Add an action").click()
    action(page, 1, "Add an internal note").get_by_label("Value").fill("Ask the carrier.")
    page.get_by_role("button", name="See what it would change now").click()
    answer = page.locator(".esc-preview__answer")
    answer.get_by_text("1 ticket meets the conditions now.").wait_for()
    assert "Set the priority to High" in answer.inner_text()
    assert violations(page) == []
    save(page)
    rule = Automation.objects.get()
    assert rule.conditions["conditions"][1] == {
        "match": "any",
        "conditions": [
            {"field": "subject", "operator": "contains", "value": "parcel"},
            {"field": "replies", "operator": "at_least", "value": 3},
        ],
    }
    assert Ticket.objects.get(pk=ticket.pk).priority == 1

    page.goto(f"{live_server.url}/admin/support/automations/log/{rule.pk}/")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_load_state("networkidle")
    page.reload()
    page.get_by_role("link", name=ticket.reference).wait_for()
    assert "Add the note “Ask the carrier.”" in page.locator(".esc-runs").inner_text()
    assert violations(page) == []
    assert Ticket.objects.get(pk=ticket.pk).priority == 2
    jobs.run("escalated_run_automations")
    assert Ticket.objects.get(pk=ticket.pk).note_count == 1


def test_what_is_wrong_is_told_at_its_row_and_what_was_written_stays(desk, enter):
    page = enter("mira", "workflows/new/")
    page.fill("[name=name]", "Refunds")
    page.get_by_label("Created", exact=True).check()
    conditions(page).get_by_role("button", name="Add a condition").click()
    row = conditions(page).locator(".esc-rule__row").first
    row.get_by_label("Condition", exact=True).select_option(label="Tags")
    action(page, 0, "Reply").get_by_label("Value").fill("Dear {{ nobody.name }}")
    save(page)
    assert "Choose something." in conditions(page).inner_text()
    actions = page.locator("[data-controller=esc-actions]")
    assert "There is no such variable: “nobody.name”." in actions.inner_text()
    assert actions.get_by_label("Value").input_value() == "Dear {{ nobody.name }}"
    row = conditions(page).locator(".esc-rule__row").first
    row.locator("summary").click()
    row.get_by_label("refund", exact=True).check()
    actions.get_by_label("Value").fill("Dear {{ requester.first_name }}")
    save(page)
    rule = Workflow.objects.get()
    assert rule.events == ["created"]
    ticket = factories.make_ticket(tags=["refund"])
    assert ticket.replies.get().body.startswith("Dear ")


def test_an_agent_writes_a_macro_and_runs_it_by_keyboard_and_by_the_command_box(
    desk, enter, live_server
):
    ticket = factories.make_ticket(subject="Kettle", department=desk)
    page = enter("ada", "macros/new/")
    page.fill("[name=name]", "Take and wait")
    action(page, 0, "Assign to me")
    page.get_by_role("button", name="Add an action").click()
    chosen = action(page, 1, "Set the status")
    chosen.get_by_label("Value").select_option(label="Waiting on customer")
    save(page)
    assert Macro.objects.get().owner.escalated_agent

    page.goto(f"{live_server.url}/admin/support/tickets/{ticket.reference}/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("m")
    page.get_by_role("button", name="Take and wait").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("Done: Take and wait.").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).status == "waiting_on_customer"
    page.get_by_role("link", name=re.compile("Undo")).first.click()
    page.get_by_text("Taken back.").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).status == "open"

    page.goto(f"{live_server.url}/admin/support/tickets/{ticket.reference}/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("macro: take")
    page.get_by_text("Macro: Take and wait").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("Done: Take and wait.").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).status == "waiting_on_customer"
