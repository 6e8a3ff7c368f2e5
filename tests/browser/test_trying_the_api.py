"""An agent makes a token, and tries the API out in the admin: in a real browser."""

import json

import pytest
from axe_core_python.sync_playwright import Axe

from tests import factories
from wagtail_escalated.actions import api_tokens
from wagtail_escalated.models import Note, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: axe's rules that are Wagtail's own page furniture, not ours.
NOT_OURS = {"region", "landmark-unique"}


@pytest.fixture(autouse=True)
def without_sockets(settings):
    """The test's server speaks none."""
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "REALTIME_ENABLED": False}


@pytest.fixture
def desk(live_server):
    lamps = factories.make_department("Lamps")
    factories.make_agent("ada", departments=(lamps,))
    factories.make_ticket(department=lamps, subject="A lamp flickers")
    return live_server.url


def open_as_ada(page, desk, path):
    page.set_default_timeout(20_000)
    page.goto(f"{desk}/admin/login/?next=/admin/support/{path}")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "password")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def answer_after(page, button="Send"):
    """What the page says once it has asked: the line with the code, and the JSON."""
    page.get_by_role("button", name=button, exact=True).click()
    status = page.locator("[data-esc-try-api-target=status]:not(:empty)")
    status.wait_for()
    text = page.locator("[data-esc-try-api-target=answer]").text_content()
    return status.inner_text(), text


def test_an_agent_tries_an_operation_as_themselves_and_with_a_token(browser_page, desk):
    page = browser_page
    open_as_ada(page, desk, "api/")
    page.get_by_role("link", name="POST tickets/{reference}/notes/").click()
    ticket = Ticket.objects.get()
    page.get_by_label("What is sent, as JSON").fill('{"body": "It\'s the bulb."}')
    shell = page.get_by_label("The same from a shell").input_value()
    assert f"{desk}/support/api/v1/tickets/{ticket.reference}/notes/" in shell
    assert "'\\''s the bulb" in shell
    status, answer = answer_after(page)
    assert status.startswith("201")
    assert "ratelimit-remaining" in answer
    assert Note.objects.get(ticket=ticket).body == "It's the bulb."

    page.goto(f"{desk}/admin/support/api/tickets_list/")
    page.get_by_label("status query").select_option(["open", "closed"])
    page.get_by_label("fields query").select_option("reference")
    page.get_by_label("cf query").fill("cf-gone=1")
    _row, token = api_tokens.create(
        factories.make_agent("bo").user, name="of another", scopes=["read"]
    )
    page.get_by_label("Token").fill(token)
    status, answer = answer_after(page)
    assert status.startswith("400")
    assert json.loads(answer[answer.index("{") :]).keys() == {"cf-gone"}
    assert "status=open&status=closed" in page.get_by_label("The same from a shell").input_value()
    page.get_by_label("cf query").fill("")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("200 OK").wait_for()
    assert '"results": []' in page.locator("[data-esc-try-api-target=answer]").inner_text()
    # What the desk refuses is told by the browser's console as well.
    assert [one for one in page.problems if "400" not in one] == []


def test_json_that_is_none_is_told_before_it_is_sent(browser_page, desk):
    page = browser_page
    open_as_ada(page, desk, "api/tickets_create/")
    page.get_by_label("What is sent, as JSON").fill("{")
    status, _answer = answer_after(page)
    assert status.startswith("This is not JSON:")
    assert Ticket.objects.count() == 1
    assert not page.problems


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_there_and_nothing_overflows(browser_page, desk, scheme, width):
    page = browser_page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 700})
    open_as_ada(page, desk, "api-tokens/")
    for path in ("api-tokens/", "api/", "api/tickets_list/", "api/tickets_note/"):
        page.goto(f"{desk}/admin/support/{path}")
        page.wait_for_load_state("networkidle")
        if path.startswith("api/t"):
            answer_after(page)
        found = Axe().run(page, options=RULES)["violations"]
        assert [one["id"] for one in found if one["id"] not in NOT_OURS] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert not page.problems
