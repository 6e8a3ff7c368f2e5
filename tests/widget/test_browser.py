"""The widget in a real browser, on somebody else's page."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from axe_core_python.sync_playwright import Axe

from tests.factories import default_site, make_agent, make_department
from tests.kb import trees
from tests.widget.visitor import RULES, goto, send_a_request
from wagtail_escalated.actions import messages
from wagtail_escalated.models import BusinessHours, DeskSettings, Shift, Ticket
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_under_a_strict_policy_a_visitor_writes_reads_and_answers(widget, host):
    host.strict()
    make_department("Sales")
    make_department("Repairs")
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.all.locator("[name=department]").select_option(label="Repairs")
    widget.all.locator("input[type=file]").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    widget.send()
    widget.sees("We have received your request")
    ticket = Ticket.objects.get()
    assert (ticket.department.name, ticket.attachments.get().name) == ("Repairs", "plan.txt")
    widget.button("View your request").click()
    widget.sees("Received")
    with widget.page.expect_download() as download:
        widget.button("plan.txt").click()
    assert download.value.path().read_bytes() == b"hello"
    widget.all.locator("[name=body]").fill("One more thing")
    widget.send()
    widget.all.locator(".thread").get_by_text("One more thing").wait_for()
    assert ticket.replies.get().body == "One more thing"
    assert not widget.page.problems


def test_an_agents_answer_comes_by_itself_and_is_marked_while_it_is_closed(widget, host, settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "POLL_SECONDS": 1,
        "UNDO_SEND_SECONDS": 0,
    }
    goto(widget, host)
    ticket = send_a_request(widget)
    widget.button("View your request").click()
    widget.sees("Received")
    agent = make_agent()
    messages.reply(ticket, body="Turn the tap", actor=agent.user)
    widget.sees("Turn the tap")
    widget.button("Close").click()
    messages.reply(ticket, body="To the right", actor=agent.user)
    widget.button("Help – New answers: 1").click()
    widget.sees("To the right")
    widget.button("Close").click()
    widget.button("Help").wait_for()


def test_it_lives_in_a_page_that_redefines_everything(widget, host, monkeypatch):
    monkeypatch.setattr(
        "wagtail_escalated.proof.CALM_ADDRESS", 0
    )  # the lazy file has to live there, too
    host.hostile()
    goto(widget, host)
    ticket = send_a_request(widget)
    widget.button("View your request").click()
    widget.all.locator("[name=body]").fill("Still here")
    widget.send()
    widget.all.locator(".thread").get_by_text("Still here").wait_for()
    assert ticket.replies.get().body == "Still here"
    widget.page.reload()
    widget.all.locator(".thread").get_by_text("Still here").wait_for()
    # The browser itself notes the answer that asked for work.
    assert [one for one in widget.page.problems if "400 (Bad Request)" not in one] == []


def test_where_forms_come_too_fast_the_browser_works_and_a_captcha_has_its_place(
    widget, host, settings, monkeypatch
):
    monkeypatch.setattr("wagtail_escalated.proof.CALM_ADDRESS", 0)
    seen = []
    monkeypatch.setattr(
        "wagtail_escalated.widget.tickets.passed_captcha",
        lambda request: seen.append(request.POST.get("captcha-answer")) or True,
    )
    host.strict()
    goto(widget, host)
    widget.page.evaluate("""() => {
      const box = document.createElement("div");
      box.innerHTML = '<input name="captcha-answer" value="42">';
      box.slot = "captcha";
      document.querySelector("escalated-widget").appendChild(box);
    }""")
    send_a_request(widget)
    assert seen == ["42", "42"]


def test_its_state_survives_a_reload_without_taking_the_focus(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write(subject="Half written")
    widget.page.reload()
    widget.all.locator("[name=subject]").wait_for()
    assert widget.all.locator("[name=subject]").input_value() == "Half written"
    assert widget.page.evaluate("document.activeElement.tagName") == "BODY"


def test_what_is_sent_without_a_network_is_kept_and_sent_once_when_it_is_back(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.page.context.set_offline(True)
    widget.send()
    widget.sees("No connection.")
    assert not Ticket.objects.exists()
    widget.page.context.set_offline(False)
    widget.sees("We have received your request")
    assert Ticket.objects.count() == 1


def test_an_answer_that_got_lost_does_not_make_a_second_ticket(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch())  # it arrived; the answer does not
            route.abort()
        else:
            route.continue_()

    widget.page.route("**/widget/tickets?*", lose)
    widget.send()
    widget.sees("We have received your request")
    assert lost[0].status == 201
    assert Ticket.objects.count() == 1


def test_by_keyboard_alone(widget, host):
    goto(widget, host)
    keyboard = widget.page.keyboard
    widget.page.locator("#buy").focus()
    keyboard.press("Tab")
    keyboard.press("Enter")
    widget.all.get_by_role("dialog").wait_for()
    keyboard.press("Escape")
    widget.all.get_by_role("dialog").wait_for(state="hidden")
    focused = "document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"
    assert widget.page.evaluate(focused) == "Help"
    keyboard.press("Enter")
    widget.button("Write to us").press("Enter")
    widget.heading().get_by_text("Write to us").wait_for()
    keyboard.press("Tab")  # over the button that closes
    for value in ("Vera", "vera@example.net", "Leak", "Water"):
        keyboard.press("Tab")
        keyboard.type(value)
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    widget.sees("We have received your request")


def test_the_api_opens_prefills_tells_and_goes_away(widget, host):
    goto(widget, host)
    page = widget.page
    page.evaluate(
        """() => {
            window.told = [];
            for (const name of ["open", "submit", "close"]) EscalatedWidget.on(name, () => told.push(name));
            EscalatedWidget.prefill({name: "Vera", email: "vera@example.net", subject: "Leak", role: "admin"});
            return EscalatedWidget.open("form");
        }"""
    )
    assert widget.all.locator("[name=subject]").input_value() == "Leak"
    widget.all.locator("[name=body]").fill("Water")
    widget.send()
    widget.sees("We have received your request")
    page.evaluate("EscalatedWidget.toggle()")
    assert page.evaluate("told") == ["open", "submit", "close"]
    page.evaluate("EscalatedWidget.destroy()")
    assert widget.all.count() == 0
    assert page.evaluate("typeof EscalatedWidget") == "undefined"


def test_calls_made_before_it_is_loaded_wait_for_it(widget, host):
    host.head = (
        "<script>EscalatedWidget = [['prefill', {subject: 'Early'}], ['open', 'form']]</script>"
    )
    widget.page.goto(host.url)
    widget.all.locator("[name=subject]").wait_for()
    assert widget.all.locator("[name=subject]").input_value() == "Early"


def test_an_identified_visitor_types_no_name(widget, host):
    row = WidgetSettings.for_site(default_site())
    signature = row.signature_of("ann@example.net")
    goto(widget, host)
    widget.page.evaluate(
        "(s) => EscalatedWidget.identify({email: 'ann@example.net', name: 'Ann', signature: s})",
        signature,
    )
    widget.open()
    widget.button("Write to us").click()
    widget.all.locator("[name=subject]").fill("Leak")
    widget.all.locator("[name=body]").fill("Water")
    assert widget.all.locator("[name=email]").count() == 0
    widget.send()
    widget.sees("We have received your request")
    ticket = Ticket.objects.get()
    assert (ticket.requester.address, ticket.proved) == ("ann@example.net", True)


def test_errors_of_the_server_stand_at_their_fields_and_take_the_focus(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write(email="vera@nowhere")  # right to a browser, wrong to us
    widget.send()
    field = widget.all.locator("[name=email][aria-invalid=true]")
    field.wait_for()
    described = field.get_attribute("aria-describedby")
    assert "email address" in widget.all.locator(f"#{described}").inner_text()
    assert field.evaluate("node => node.getRootNode().activeElement === node")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_in_any_view(widget, host, scheme, width, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}
    page = widget.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 640})
    goto(widget, host)
    axe = Axe()

    def clean(view):
        found = axe.run(page, context="escalated-widget", options=RULES)["violations"]
        assert not found, (view, [(one["id"], one["nodes"][0]["html"]) for one in found])

    clean("launcher")
    widget.open()
    clean("home")
    widget.button("Write to us").click()
    widget.write(email="vera@nowhere")
    widget.send()
    widget.all.locator("[aria-invalid=true]").wait_for()
    clean("form with an error")
    widget.all.locator("[name=email]").fill("vera@example.net")
    widget.send()
    widget.sees("We have received your request")
    clean("sent")
    messages.reply(Ticket.objects.get(), body="Turn the tap", actor=make_agent().user)
    widget.button("View your request").click()
    widget.sees("Turn the tap")
    clean("request")
    widget.button("Back").click()
    widget.all.locator(".rows li").first.wait_for()
    clean("requests")


def test_on_a_phone_it_is_the_whole_screen_and_nothing_behind_it_is_reached(widget, host):
    page = widget.page
    page.set_viewport_size({"width": 320, "height": 600})
    goto(widget, host)
    widget.open()
    dialog = widget.all.get_by_role("dialog")
    dialog.evaluate("it => Promise.all(it.getAnimations().map(one => one.finished))")
    box = dialog.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 320, 600)
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") != "buy"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    widget.button("Close").click()
    page.locator("#buy").focus()


def test_right_to_left_stands_on_the_other_side_from_the_start(widget, host):
    host.attributes = 'data-locale="ar"'
    widget.page.goto(host.url)
    launcher = widget.all.get_by_role("button").first
    launcher.wait_for()
    assert launcher.bounding_box()["x"] < 100
    launcher.click()
    dialog = widget.all.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.bounding_box()["x"] < 100
    assert widget.all.locator("aside").get_attribute("dir") == "rtl"
    assert widget.all.locator("aside").get_attribute("lang") == "ar"


def test_an_article_in_another_language_is_marked_and_read_out_in_its_own(widget, host):
    trees.article(trees.knowledge_base(), "Opening hours", "We open at nine.")
    host.attributes = 'data-locale="de"'
    widget.page.goto(host.url)
    widget.all.get_by_role("button").first.click()
    row = widget.button("Opening hours", exact=False)
    row.wait_for()
    assert row.inner_text().split("\n")[-1] == "Not yet in your language"
    assert row.locator("b").get_attribute("lang") == "en"
    assert row.locator("span").last.get_attribute("lang") is None
    assert not widget.page.problems


def test_nothing_is_asked_before_the_first_click_and_nothing_moves(widget, host):
    page = widget.page
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    goto(widget, host)
    page.wait_for_timeout(500)
    assert [url for url in asked if "/support/" in url] == [f"{host.desk}/support/widget/widget.js"]
    shift = """() => new Promise(resolve => {
        let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))
            .observe({type: "layout-shift", buffered: true});
        setTimeout(() => resolve(sum), 300);
    })"""
    assert page.evaluate(shift) == 0


def test_the_sentence_of_closed_hours_goes_and_comes_while_the_page_is_open(widget, host):
    goto(widget, host)
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=6)  # hours know seconds
    ends = begins + timedelta(seconds=3)
    office = BusinessHours.objects.create(name="Office", time_zone="UTC")
    for weekday in range(7):
        Shift.objects.create(hours=office, weekday=weekday, start=begins.time(), end=ends.time())
    DeskSettings.objects.update_or_create(site=default_site(), defaults={"business_hours": office})
    WidgetSettings.objects.update(closed_text="We sleep.")
    goto(widget, host)
    widget.open()
    note = widget.all.get_by_text("We sleep.")
    note.wait_for()
    asked = []
    widget.page.on("request", lambda request: asked.append(request.url))
    note.wait_for(state="hidden")
    assert datetime.now(UTC) >= begins
    note.wait_for()
    assert asked == []


def test_the_script_is_small_enough_for_anybodys_page(client, host):
    answer = client.get("/support/widget/widget.js", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) <= 12_000
    assert b"escalated-widget" in gzip.decompress(answer.content)


def test_a_reply_in_its_undo_window_is_not_shown(widget, host, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 600}
    goto(widget, host)
    ticket = send_a_request(widget)
    messages.reply(ticket, body="Wait for it", actor=make_agent().user)
    widget.button("View your request").click()
    widget.sees("We are working on it")
    assert "Wait for it" not in widget.all.inner_text()


def test_words_changed_while_the_network_was_away_are_not_sent_by_themselves(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.page.context.set_offline(True)
    widget.send()
    widget.sees("No connection.")
    widget.write(body="Half a sen")
    widget.page.context.set_offline(False)
    widget.page.wait_for_timeout(3000)  # as long as the first pause
    assert not Ticket.objects.exists()
    widget.page.reload()
    widget.page.wait_for_timeout(1500)
    assert not Ticket.objects.exists()
    widget.send()
    widget.sees("We have received your request")
    assert Ticket.objects.get().description == "Half a sen"


def test_a_refused_file_is_told_beside_the_files(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.all.locator("input[type=file]").set_input_files(
        {"name": "run.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00"}
    )
    widget.send()
    widget.all.locator("#files-e").get_by_text("run.exe").wait_for()
    assert not Ticket.objects.exists()
