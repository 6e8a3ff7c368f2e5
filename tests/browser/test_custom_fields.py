"""A custom field from its making to its asking, in a real browser: manager, visitor, agent."""

import pytest
from axe_core_python.sync_playwright import Axe

from tests.admin.people import agent, installed, manager
from tests.factories import default_site, make_department
from tests.widget.host_page import HostPage
from tests.widget.visitor import Widget
from wagtail_escalated.models import CustomField, Ticket
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def desk(live_server):
    installed()
    repairs, sales = make_department("Repairs"), make_department("Sales")
    manager("mira")
    agent("ben", departments=[repairs, sales])
    return live_server.url


@pytest.fixture
def host(desk):
    page = HostPage(desk)
    row = WidgetSettings.for_site(default_site())
    row.allowed_origins = page.origin
    row.save()
    yield page
    page.close()


def log_in(page, desk, name, path):
    page.set_default_timeout(15_000)
    page.goto(f"{desk}/admin/login/?next=/admin/support/{path}")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "password")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def define_the_field(page, desk):
    log_in(page, desk, "mira", "custom-fields/new/")
    page.fill("[name=name]", "Device")
    page.select_option("[name=type]", "choice")
    for number, answer in enumerate(("Laptop", "Phone")):
        page.get_by_role("button", name="Add answer").click()
        page.fill(f"[name=choices-{number}-label]", answer)
    page.check("[name=required_to_resolve]")
    page.check("[name=filled_in_by_customers]")
    page.check("[name=visible_to_customers]")
    page.get_by_label("Repairs").check()
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_text("Custom field 'Device' created").wait_for()


def ask_in_the_portal(page, desk):
    page.goto(f"{desk}/support/tickets/new/")
    page.fill("[name=name]", "Gus")
    page.fill("[name=email]", "gus@example.net")
    page.fill("[name=subject]", "It is broken")
    page.fill("[name=body]", "Since today.")
    device = page.get_by_label("Device")
    assert not device.is_visible()
    page.select_option("[name=department]", label="Repairs")
    device.select_option("laptop")
    assert not Axe().run(page, options=RULES)["violations"]
    page.wait_for_timeout(2100)  # quicker than that only machines are
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="It is broken").wait_for()
    page.locator(".esc-values").get_by_text("Laptop").wait_for()


def ask_in_the_widget(page, host):
    widget = Widget(page)
    page.goto(host.url)
    widget.open()
    widget.button("Write to us").click()
    widget.write(subject="My phone is dead")
    device = widget.all.locator("[name=cf-device]")
    assert not device.count()
    widget.all.locator("[name=department]").select_option(label="Repairs")
    device.select_option(label="Phone")
    widget.send()
    widget.sees("We have received your request")
    widget.button("View your request").click()
    widget.sees("Phone")


def solve_it(page, desk):
    log_in(page, desk, "ben", "inbox/?cf-device=laptop")
    assert page.locator(".esc-row__link").all_text_contents() == ["It is broken"]
    page.locator(".esc-row__link").click()
    field = page.get_by_label("Device")
    field.wait_for()
    field.select_option("")
    page.get_by_text("emptied “Device”, which was Laptop").first.wait_for()
    page.get_by_label("Status").select_option("resolved")
    page.get_by_text("Fill in the field “Device” before you resolve this ticket.").wait_for()
    page.get_by_label("Device").select_option("phone")
    page.get_by_text("set “Device” to Phone").first.wait_for()
    page.get_by_label("Status").select_option("resolved")
    page.get_by_text("Status: Resolved.").wait_for()


def test_a_field_is_made_filled_in_found_and_asked_for(chromium, desk, host):
    pages = [chromium.new_context(locale="en-GB").new_page() for _ in range(4)]
    problems = []
    for page in pages:
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
    define_the_field(pages[0], desk)
    field = CustomField.objects.get()
    assert [choice.label for choice in field.choices.all()] == ["Laptop", "Phone"]
    ask_in_the_portal(pages[1], desk)
    ask_in_the_widget(pages[2], host)
    assert Ticket.objects.count() == 2
    solve_it(pages[3], desk)
    assert Ticket.objects.get(status="resolved").custom_values.get().choice.label == "Phone"
    assert not problems
    for page in pages:
        page.context.close()
