"""Forms of the portal in a real browser: files, a failing network, keys alone, and what comes by itself."""

import pytest

from tests.factories import make_agent, make_department, make_ticket
from tests.fields import make_field
from tests.portal.conftest import log_in
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """(zone, files) => {
  const all = new DataTransfer();
  for (const [name, size] of files) all.items.add(new File(["x".repeat(size)], name, {type: "text/plain"}));
  zone.dispatchEvent(new DragEvent("dragover", {dataTransfer: all, bubbles: true, cancelable: true}));
  zone.dispatchEvent(new DragEvent("drop", {dataTransfer: all, bubbles: true, cancelable: true}));
}"""
CHOSEN = ".esc-chosen li"


@pytest.fixture(autouse=True)
def no_sockets(settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "REALTIME_ENABLED": False,
        "POLL_SECONDS": 1,
        "UNDO_SEND_SECONDS": 0,
        "MAX_ATTACHMENT_MB": 1,
    }


@pytest.fixture
def form(page, live_server):
    page.goto(f"{live_server.url}/support/tickets/new/")
    page.fill("#id_subject", "Leak")
    page.fill("#id_body", "Water")
    return page


def drop(page, *files):
    page.locator("[data-esc-files]").evaluate(DROP, list(files))


def send(page):
    page.get_by_role("button", name="Send").click()


def test_files_are_dropped_named_taken_out_and_sent(form):
    drop(form, ("plan.txt", 10), ("wrong.txt", 10))
    form.set_input_files("#files", {"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"})
    assert form.locator(CHOSEN).all_inner_texts() == ["plan.txt", "wrong.txt", "b.txt"]
    form.get_by_role("button", name="Remove wrong.txt").press("Enter")
    assert form.evaluate("document.activeElement.id") == "files"
    send(form)
    form.get_by_role("heading", name="Leak").wait_for()
    names = Ticket.objects.get().attachments.order_by("name").values_list("name", flat=True)
    assert list(names) == ["b.txt", "plan.txt"]


def test_too_large_and_too_many_are_told_before_anything_is_sent(form):
    drop(form, ("film.txt", 1024 * 1024 + 1), ("small.txt", 1))
    form.get_by_text("film.txt is too large.").wait_for()
    assert form.locator(CHOSEN).all_inner_texts() == ["small.txt"]
    drop(form, *[(f"{n}.txt", 1) for n in range(5)])
    form.get_by_text("At most 5 files can be attached.").wait_for()
    assert form.locator(CHOSEN).count() == 5


def test_a_network_that_fails_is_told_and_the_same_form_can_be_sent_again(form):
    form.unroute("**/support/**")
    drop(form, ("plan.txt", 10))
    form.context.set_offline(True)
    send(form)
    form.get_by_text("No connection. What you wrote is kept").wait_for()
    assert not Ticket.objects.exists()
    form.context.set_offline(False)
    send(form)
    form.get_by_role("heading", name="Leak").wait_for()
    assert Ticket.objects.get().attachments.get().name == "plan.txt"


def test_an_answer_that_got_lost_makes_no_second_request_and_no_second_answer(form):
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0))  # it arrived; the answer does not
            route.abort()
        else:
            route.fallback()

    form.route("**/support/**", lose)
    drop(form, ("plan.txt", 10))
    send(form)
    form.get_by_text("No connection. What you wrote is kept").wait_for()
    assert Ticket.objects.count() == 1
    send(form)
    form.get_by_role("heading", name="Leak").wait_for()
    ticket = Ticket.objects.get()
    lost.clear()
    form.fill("#id_body", "More water")
    drop(form, ("plan.txt", 10))
    form.get_by_role("button", name="Send answer").click()
    form.get_by_text("No connection. What you wrote is kept").wait_for()
    form.get_by_role("button", name="Send answer").click()
    form.get_by_text("Your answer was sent.").wait_for()
    assert ticket.replies.count() == 1
    # Other words are another answer.
    form.fill("#id_body", "And more")
    form.get_by_role("button", name="Send answer").click()
    form.locator(".esc-thread").get_by_text("And more").wait_for()
    assert ticket.replies.count() == 2


def test_an_answer_that_is_no_page_of_ours_is_told(form, live_server):
    form.unroute("**/support/**")
    form.route("**/tickets/new/", lambda route: route.fulfill(status=413, body="too large"))
    drop(form, ("plan.txt", 10))
    send(form)
    form.get_by_text("That did not work. What you wrote is kept").wait_for()
    assert form.input_value("#id_body") == "Water"
    assert form.locator(CHOSEN).count() == 1


def test_a_form_that_comes_back_has_its_files_and_keeps_drafts_and_departments(page, live_server):
    repairs = make_department("Repairs")
    make_department("Sales")
    make_field(
        "Device",
        type="several",
        answers=("Mill", "Pot"),
        departments=[repairs],
        filled_in_by_customers=True,
    )
    page.goto(f"{live_server.url}/support/tickets/new/")
    page.select_option("select[name=department]", label="Repairs")
    page.get_by_label("Pot").check()
    page.fill("#id_subject", "Leak")
    page.fill("#id_body", "  ")
    drop(page, ("plan.txt", 10))
    send(page)
    page.get_by_text("Describe what you need.").wait_for()
    assert page.locator(CHOSEN).all_inner_texts() == ["plan.txt"]
    page.select_option("select[name=department]", label="Sales")
    assert not page.get_by_label("Pot").is_visible()
    page.select_option("select[name=department]", label="Repairs")
    page.fill("#id_body", "Water")
    page.reload()
    assert page.input_value("#id_body") == "Water"
    assert page.get_by_label("Pot").is_checked()


def test_where_forms_come_too_fast_a_form_with_files_is_worked_for_and_sent(
    browser_page, live_server, monkeypatch
):
    monkeypatch.setattr("wagtail_escalated.proof.CALM_ADDRESS", 0)
    monkeypatch.setattr("wagtail_escalated.portal.submitting.TOO_QUICK", -1)
    page = browser_page
    page.set_default_timeout(20_000)
    page.goto(f"{live_server.url}/support/tickets/new/")
    for name, value in {"name": "Gus", "email": "gus@example.net", "subject": "Leak"}.items():
        page.fill(f"#id_{name}", value)
    page.fill("#id_body", "Water")
    drop(page, ("plan.txt", 10))
    send(page)
    page.locator("[data-esc-proof-wait]").wait_for(state="attached")
    page.locator("button[aria-disabled]").wait_for(state="detached")
    send(page)
    page.get_by_role("heading", name="Leak").wait_for()
    assert Ticket.objects.get().attachments.get().name == "plan.txt"


def test_the_question_how_the_help_was_comes_by_itself(page, live_server, ann):
    ticket = make_ticket(requester=ann, actor=ann)
    page.goto(f"{live_server.url}/support/tickets/{ticket.reference}/")
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    page.get_by_role("group", name="How was the help you got?").wait_for()
    page.get_by_text("Your answer opens the request again.").wait_for()
    page.get_by_label("Anything you want to add?").fill("Half a sen")
    messages.reply(ticket, body="One more thing", actor=make_agent().user)
    page.get_by_text("One more thing").wait_for()
    assert page.get_by_label("Anything you want to add?").input_value() == "Half a sen"


def test_by_keyboard_alone_a_request_is_written_answered_and_rated(page, live_server, ann):
    page.goto(f"{live_server.url}/support/tickets/")
    keys = page.keyboard

    def reach(name, role="link"):
        """By the tab key, as far as it takes."""
        wanted = page.get_by_role(role, name=name).first
        for _ in range(30):
            keys.press("Tab")
            if wanted.evaluate("node => node === document.activeElement"):
                outline = wanted.evaluate("node => getComputedStyle(node).outlineStyle")
                assert outline != "none", name  # and one sees where one is
                return
        raise AssertionError(f"{name} is not reached")

    reach("Write to us")
    keys.press("Enter")
    reach("Subject", "textbox")
    keys.type("Leak")
    reach("Message", "textbox")
    keys.type("Water")
    reach("Send", "button")
    keys.press("Enter")
    page.get_by_role("heading", name="Leak").wait_for()
    reach("Your answer", "textbox")
    keys.type("More")
    reach("Send answer", "button")
    keys.press("Enter")
    page.get_by_text("Your answer was sent.").wait_for()
    tickets.set_status(Ticket.objects.get(), "resolved", actor=SYSTEM)
    page.get_by_role("group", name="How was the help you got?").wait_for()
    reach("1", "radio")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    reach("Rate", "button")
    keys.press("Enter")
    page.get_by_text("You rated the help you got: 3 of 5").wait_for()


def test_a_hostile_answer_runs_and_loads_nothing(browser_page, live_server, ann, page):
    """Without the site's policy, which would stop it as well."""
    from tests.widget.test_in_pages import EVIL

    page.unroute("**/support/**")
    page.add_init_script("window.ran = 0; window.evil = () => ran++")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    ticket = make_ticket(requester=ann, actor=ann, description="x")
    messages.reply(ticket, body=MessageBody.from_html(EVIL), actor=make_agent().user)
    page.goto(f"{live_server.url}/support/tickets/{ticket.reference}/")
    prose = page.locator(".esc-message-agent .esc-prose")
    prose.get_by_text("Hello").wait_for()
    assert prose.locator("svg, math, style, form, iframe, base, script, button").count() == 0
    for link in prose.locator("a").all():
        link.click(force=True, no_wait_after=True)
    assert page.evaluate("ran") == 0
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []


@pytest.mark.parametrize("width", [320, 640])
def test_in_arabic_on_a_phone_and_at_twice_the_size_nothing_overflows(
    chromium, live_server, ann, width
):
    context = chromium.new_context(locale="ar", viewport={"width": width, "height": 480})
    page = context.new_page()
    log_in(page, ann, live_server.url)
    ticket = make_ticket(requester=ann, actor=ann, subject="W" * 120)
    messages.reply(ticket, body="مرحبا " * 40, actor=make_agent().user)
    for path in ("tickets/", "tickets/new/", f"tickets/{ticket.reference}/", "mail/", "guest/"):
        page.goto(f"{live_server.url}/support/{path}")
        assert page.evaluate("document.documentElement.dir") == "rtl", path
        if width == 640:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
