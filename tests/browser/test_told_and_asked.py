"""An agent reads the bell and says what rings it; a customer says how the help was: in a real browser."""

import re
from datetime import timedelta

import pytest
from axe_core_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone

from tests import factories
from wagtail_escalated.actions import messages, notifications, tickets
from wagtail_escalated.mail import outbox
from wagtail_escalated.models import (
    DeskSettings,
    MailOptOut,
    Notification,
    Organisation,
    Rating,
)
from wagtail_escalated.tokens import mail_choices_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: axe's rules that are Wagtail's own page furniture, not ours.
NOT_OURS = {"region", "landmark-unique"}


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "UNDO_SEND_SECONDS": 0,
        "POLL_SECONDS": 1,
        "REALTIME_ENABLED": False,  # the test's server speaks no sockets
    }


@pytest.fixture
def desk(live_server):
    site = factories.default_site()
    site.hostname, site.port = live_server.thread.host, live_server.thread.port
    site.save()
    lamps = factories.make_department("Lamps")
    ada = factories.make_agent("ada", departments=(lamps,))
    ticket = factories.make_ticket(department=lamps, subject="A lamp flickers", proved=True)
    tickets.follow(ticket, actor=ada.user)
    Notification.objects.all().delete()
    return live_server.url, ada, ticket


def log_in(page, url, name, path):
    page.set_default_timeout(20_000)
    page.goto(f"{url}/admin/login/?next=/admin/{path}")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "password")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def violations(page, without=()):
    found = Axe().run(page, options=RULES)["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["id"] not in without]


def test_the_bell_rings_on_any_page_and_is_read_by_keyboard(browser_page, desk):
    url, ada, ticket = desk
    page = browser_page
    log_in(page, url, "ada", "")
    item = page.locator("[data-esc-badge-name-value=bell]")
    item.wait_for()
    assert not item.get_attribute("data-esc-count")
    messages.reply(ticket, body="It flickers again", actor=ticket.requester)
    page.locator("[data-esc-badge-name-value=bell][data-esc-count='1']").wait_for()
    spoken = item.evaluate(
        "a => document.getElementById(a.getAttribute('aria-describedby')).textContent"
    )
    assert spoken == "1 unread"
    with page.expect_navigation():
        item.press("Enter")
    row = page.locator(".esc-bell__row")
    row.get_by_text("Unread:").wait_for(state="attached")
    assert "A lamp flickers" in row.inner_text()
    with page.expect_navigation():
        row.get_by_role("button", name=f"Mark as read: {ticket.reference}").press("Enter")
    page.get_by_text("You have read everything.").wait_for()
    assert notifications.unread_of(ada.user).count() == 0
    assert not page.problems


def test_opening_the_ticket_reads_what_was_told_of_it(browser_page, desk):
    url, ada, ticket = desk
    messages.reply(ticket, body="It flickers again", actor=ticket.requester)
    log_in(browser_page, url, "ada", "support/notifications/")
    with browser_page.expect_navigation():
        browser_page.get_by_role("link", name="A lamp flickers").click()
    browser_page.get_by_text("It flickers again").first.wait_for()
    browser_page.locator("[data-esc-badge-name-value=bell]").wait_for()
    browser_page.wait_for_load_state("networkidle")
    assert notifications.unread_of(ada.user).count() == 0


def test_an_agent_says_what_rings_and_when_the_summary_comes(browser_page, desk):
    url, ada, ticket = desk
    page = browser_page
    log_in(page, url, "ada", "account/")
    page.get_by_role("tab", name="More actions").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Support notifications").click()
    page.problems.clear()  # Wagtail's account page trips over zones that this browser does not know
    page.get_by_role("checkbox", name="A customer answers: Bell").uncheck()
    page.get_by_role("checkbox", name="A customer answers: Daily summary").uncheck()
    page.get_by_role("checkbox", name="Send me a daily summary").check()
    page.get_by_label("At", exact=False).last.fill("17:30")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert not page.get_by_role("checkbox", name="A customer answers: Bell").is_checked()
    ada.user.refresh_from_db()
    assert ada.user.escalated_digest.at.isoformat("minutes") == "17:30"
    messages.reply(ticket, body="It flickers again", actor=ticket.requester)
    assert not Notification.objects.exists()
    assert not page.problems


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_in_the_bell_and_nothing_overflows(browser_page, desk, scheme, width):
    url, _ada, ticket = desk
    page = browser_page
    messages.reply(ticket, body="It flickers again", actor=ticket.requester)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 700})
    log_in(page, url, "ada", "support/notifications/")
    for path in ("", "?all=1", "preferences/"):
        page.goto(f"{url}/admin/support/notifications/{path}")
        page.wait_for_load_state("networkidle")
        assert violations(page, NOT_OURS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.fixture
def survey(desk):
    """The letter that asks Ann, as it came to her."""
    _url, ada, ticket = desk
    DeskSettings.objects.update_or_create(
        site=factories.default_site(), defaults={"survey_enabled": True}
    )
    tickets.set_status(ticket, "resolved", actor=ada.user)
    outbox.send_due(timezone.now() + timedelta(hours=2))
    [letter] = [mail for mail in django_mail.outbox if "How was the help" in mail.body]
    return letter


def test_a_customer_answers_from_the_letter_and_changes_it(browser_page, survey, desk):
    page = browser_page
    page.set_default_timeout(20_000)
    page.set_content(survey.alternatives[0].content)
    # As a mail program opens a link: somewhere of its own.
    links = {
        link.inner_text(): link.get_attribute("href") for link in page.locator("a.button").all()
    }
    assert list(links) == ["1", "2", "3", "4", "5"]
    for link in links.values():
        page.goto(link)
    assert not Rating.objects.exists(), "looking is not answering"
    page.goto(links["4"])
    assert page.get_by_role("radio", name="4").is_checked()
    page.get_by_label("Anything you want to add?").fill("Quick!")
    with page.expect_navigation():
        page.get_by_role("button", name="Send").click()
    page.get_by_text("You chose 4 of 5").wait_for()
    page.get_by_role("radio", name="5").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Change the rating").click()
    page.get_by_text("You chose 5 of 5").wait_for()
    assert (Rating.objects.get().score, Rating.objects.get().comment) == (5, "Quick!")


def test_a_survey_is_answered_by_keyboard_without_javascript(chromium, survey):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(re.search(r"http://[^\s>]+score=2", survey.body)[0])
    page.get_by_role("radio", name="2").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Good")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("You chose 3 of 5").wait_for()
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_behind_the_links_of_mails(browser_page, survey, desk, scheme, width):
    url, _ada, ticket = desk
    page = browser_page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 700})
    token = mail_choices_token(ticket.requester.pk, ticket.requester.address)
    link = re.search(r"http://[^\s>]+score=2", survey.body)[0]
    for address in (
        link,
        f"{url}/support/mail/{token}/",
        f"{url}/support/mail/{token}/off/survey/",
        f"{url}/support/survey/unknown/",
    ):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_customer_stops_a_kind_of_mail_and_follows_a_colleagues_request(
    browser_page, survey, desk
):
    url, _ada, ticket = desk
    page = browser_page
    page.set_default_timeout(20_000)
    page.goto(re.search(r"http://[^\s>]+/support/mail/[^\s>]+", survey.body)[0])
    page.get_by_role("checkbox", name="The question how the help was").uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert MailOptOut.objects.get().kind == "survey"

    company = Organisation.objects.create(name="Acme", shares_tickets=True)
    david = factories.make_customer("david")
    for contact in (david.escalated_contact, ticket.requester):
        contact.organisation = company
        contact.save()
    client = Client()
    client.force_login(david)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
    page.goto(f"{url}/support/tickets/{ticket.reference}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Follow by mail").click()
    page.get_by_role("button", name="Stop the mails about this request").wait_for()
    assert ticket.copied.get().contact == david.escalated_contact
