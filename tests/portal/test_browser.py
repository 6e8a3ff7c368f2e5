"""The portal in a real browser: without JavaScript, with it, at all sizes, by axe."""

import pytest
from axe_core_python.sync_playwright import Axe

from tests.factories import make_agent, make_ticket
from tests.portal.conftest import log_in
from wagtail_escalated.actions import guests, messages, surveys, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Ticket
from wagtail_escalated.tokens import mail_choices_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def test_without_javascript_a_request_is_written_answered_and_closed(chromium, live_server, ann):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15_000)
    log_in(page, ann, live_server.url)
    page.goto(f"{live_server.url}/support/tickets/new/")
    page.fill("#id_subject", "Leak")
    page.fill("#id_body", "Water")
    page.set_input_files("#files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Leak").wait_for()
    page.fill("#id_body", "More water")
    page.get_by_role("button", name="Send answer").click()
    page.get_by_text("More water").wait_for()
    page.get_by_role("button", name="close it").click()
    page.get_by_text("Your request is closed.").wait_for()
    assert Ticket.objects.get().status == "closed"
    context.close()


def test_a_file_is_sent_with_its_progress_and_the_draft_is_forgotten(page, live_server, settings):
    # The test's server speaks no sockets.
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "REALTIME_ENABLED": False}
    page.goto(f"{live_server.url}/support/tickets/new/")
    page.fill("#id_subject", "Leak")
    page.fill("#id_body", "Water")
    page.reload()
    assert page.input_value("#id_body") == "Water"
    page.set_input_files(
        "#files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x" * 500_000}
    )
    page.get_by_role("button", name="Send").click()
    page.get_by_role("link", name="a.txt").wait_for()
    page.get_by_text("Thank you, we have received your request.").wait_for()
    page.goto(f"{live_server.url}/support/tickets/new/")
    assert page.input_value("#id_body") == ""
    assert not page.problems


def test_an_error_beside_a_file_keeps_the_words_and_takes_the_focus(page, live_server):
    page.goto(f"{live_server.url}/support/tickets/new/")
    page.fill("#id_subject", "Leak")
    page.fill("#id_body", "   ")
    page.set_input_files("#files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Describe what you need.").wait_for()
    assert page.input_value("#id_subject") == "Leak"
    assert page.evaluate("document.activeElement.id") == "id_body"
    # The form that came back works as the first did.
    page.fill("#id_body", "Water")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Leak").wait_for()


def test_an_answer_comes_by_itself_while_one_is_being_written(page, live_server, ann, settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "POLL_SECONDS": 1,
        "UNDO_SEND_SECONDS": 0,
        "REALTIME_ENABLED": False,
    }
    ticket = make_ticket(requester=ann, actor=ann)
    page.goto(f"{live_server.url}/support/tickets/{ticket.reference}/")
    page.fill("#id_body", "Half a sen")
    messages.reply(ticket, body="Turn the tap", actor=make_agent().user)
    page.get_by_text("Turn the tap").wait_for()
    assert page.input_value("#id_body") == "Half a sen"
    assert "updated" in page.locator("[data-esc-announce]").inner_text()


def test_a_guests_page_keeps_up_by_the_links_own_token(browser_page, live_server, settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "POLL_SECONDS": 1,
        "UNDO_SEND_SECONDS": 0,
    }
    browser_page.set_default_timeout(15_000)
    ticket = make_ticket()
    browser_page.goto(
        f"{live_server.url}/support/guest/{guests.create_link(ticket, by_mail=True)}/"
    )
    messages.reply(ticket, body="Turn the tap", actor=make_agent().user)
    browser_page.get_by_text("Turn the tap").wait_for()
    browser_page.fill("#id_body", "Done")
    browser_page.get_by_role("button", name="Send answer").click()
    browser_page.locator(".esc-thread").get_by_text("Done").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_overflows(page, live_server, ann, scheme, width, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 700})
    ticket = make_ticket(requester=ann, actor=ann, subject="W" * 200)
    messages.reply(ticket, body="See https://example.com/" + "x" * 200, actor=make_agent().user)
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    survey = surveys.create_link(ticket, ticket.requester)
    choices = mail_choices_token(ticket.requester_id, ticket.requester.address)
    for path in (
        "tickets/",
        "tickets/?q=none",
        "tickets/new/",
        f"tickets/{ticket.reference}/",
        "tickets/ESC-2604-000000/",
        "guest/",
        "guest/unknown/",
        f"guest/{guests.create_link(ticket, by_mail=True)}/",
        f"survey/{survey}/?score=4",
        "mail/",
        f"mail/{choices}/off/survey/",
    ):
        page.goto(f"{live_server.url}/support/{path}")
        found = Axe().run(page, options=RULES)["violations"]
        assert not found, (path, [(one["id"], one["nodes"][0]["html"]) for one in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
