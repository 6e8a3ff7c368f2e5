"""The widget as a part of somebody's page: its visitors, buttons, style and other bodies."""

import pytest
from axe_core_python.sync_playwright import Axe

from tests.factories import default_site, make_agent
from tests.widget.visitor import RULES, goto, send_a_request
from wagtail_escalated.actions import messages
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.models import Ticket
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Each would ask for this address, or call this function, if it were more than text.
EVIL = """<p>Hello</p><img src="https://evil.example/pixel" onerror="evil()"><svg onload="evil()"></svg>
<a href="javascript:evil()">one</a><a href="&#106;ava&#9;script:evil()">two</a><style>@import "//evil.example/x"</style>
<math><mtext><table><mglyph><style><!--</style><img src=x onerror="evil()"><iframe srcdoc="<script>parent.evil()</script>">
<form action="https://evil.example"><button>Log in</button></form><base href="https://evil.example/">"""


def identify(widget, email):
    row = WidgetSettings.for_site(default_site())
    widget.page.evaluate(
        "([email, signature]) => EscalatedWidget.identify({email, name: 'A', signature})",
        [email, row.signature_of(email)],
    )


def test_another_visitor_at_the_same_computer_sees_nothing_of_the_one_before(widget, host):
    goto(widget, host)
    identify(widget, "ann@example.net")
    widget.open()
    widget.button("Write to us").click()
    widget.all.locator("[name=subject]").fill("Private")
    widget.all.locator("[name=body]").fill("Water")
    widget.send()
    widget.button("View your request").click()
    widget.heading().get_by_text("Private").wait_for()
    identify(widget, "ann@example.net")  # as after each page load: it stays
    assert "Private" in widget.all.locator("h2").inner_text()
    identify(widget, "ben@example.net")
    widget.heading().get_by_text("How can we help?").wait_for()
    assert widget.button("My requests").count() == 0
    widget.page.reload()
    widget.heading().get_by_text("How can we help?").wait_for()
    assert "Private" not in widget.page.evaluate("JSON.stringify({...sessionStorage})")
    widget.page.evaluate("EscalatedWidget.identify()")  # logged out
    widget.button("Write to us").click()
    assert widget.all.locator("[name=email]").input_value() == ""


def test_the_focus_goes_back_to_the_pages_own_button(widget, host):
    host.attributes = 'data-launcher="none"'
    widget.page.goto(host.url)
    widget.page.wait_for_function("!!(window.EscalatedWidget && EscalatedWidget.open)")
    assert not widget.all.locator(".launcher").is_visible()
    widget.page.evaluate(
        "() => { document.querySelector('#buy').onclick = () => EscalatedWidget.open() }"
    )
    widget.page.locator("#buy").press("Enter")
    widget.all.get_by_role("dialog").wait_for()
    widget.page.keyboard.press("Escape")
    widget.all.get_by_role("dialog").wait_for(state="hidden")
    assert (
        widget.page.evaluate("document.activeElement.outerHTML") == '<button id="buy">Buy</button>'
    )


def test_a_single_page_site_may_exchange_its_body(widget, host):
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write(subject="Half written")
    widget.page.evaluate(
        """() => {
            history.pushState({}, "", "/page/2");
            document.body = document.createElement("body");
        }"""
    )
    assert widget.all.locator("[name=subject]").input_value() == "Half written"
    # Loading it a second time changes nothing.
    widget.page.evaluate(
        """(src) => new Promise((done) => {
            const script = document.createElement("script");
            document.head.append(Object.assign(script, {src, onload: done}));
        })""",
        f"{host.desk}/support/widget/widget.js",
    )
    assert widget.all.count() == 1
    widget.send()
    widget.sees("We have received your request")


def test_a_page_gives_it_colours_a_font_and_corners_of_its_own(widget, host):
    host.head = """<style>
        escalated-widget { --escalated-colour: rgb(122, 31, 92); --escalated-text: rgb(34, 34, 34);
          --escalated-background: rgb(255, 253, 249); --escalated-font: monospace; --escalated-radius: 4px;
          --escalated-z: 50 }
        escalated-widget::part(launcher) { border-radius: 8px }
        escalated-widget::part(header) { text-transform: uppercase }
    </style>"""
    goto(widget, host)
    widget.open()

    def style(selector, name):
        return widget.all.locator(selector).first.evaluate(
            "(node, name) => getComputedStyle(node)[name]", name
        )

    assert style(".launcher", "borderRadius") == "8px"
    assert style("header", "textTransform") == "uppercase"
    assert style("header", "backgroundColor") == "rgb(122, 31, 92)"
    assert style("dialog", "backgroundColor") == "rgb(255, 253, 249)"
    assert style("dialog", "color") == "rgb(34, 34, 34)"
    assert style("dialog", "fontFamily") == "monospace"
    assert style(".root", "zIndex") == "50"


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", "rise"), ("reduce", "none")])
def test_nothing_moves_for_who_wants_it_calm(widget, host, motion, moves):
    widget.page.emulate_media(reduced_motion=motion)
    goto(widget, host)
    widget.open()
    dialog = widget.all.get_by_role("dialog")
    assert dialog.evaluate("it => getComputedStyle(it).animationName") == moves


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_word_about_light_and_dark_counts(widget, host, theme):
    widget.page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    host.attributes = f'data-theme="{theme}" data-position="start"'
    goto(widget, host)
    assert widget.button("Help").bounding_box()["x"] < 100
    widget.open()
    background = widget.all.locator("dialog").evaluate("it => getComputedStyle(it).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(29, 31, 36)"}[theme]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_what_is_read_most_stands_there_before_a_question_and_opens(
    widget,
    host,
    shelf,
    scheme,
    width,
):
    page = widget.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 640})
    goto(widget, host)
    widget.open()
    widget.all.get_by_role("list", name="Read most").wait_for()
    assert not Axe().run(page, context="escalated-widget", options=RULES)["violations"]
    widget.all.locator("#q").fill("a leak")
    widget.all.get_by_role("list", name="Articles that may help").wait_for()
    widget.all.locator("#q").fill("")
    widget.all.get_by_role("list", name="Read most").wait_for()
    widget.button("Leaks", exact=False).click()
    widget.sees("Turn it off.")
    assert widget.all.locator("article").get_attribute("lang") == "en"
    assert not Axe().run(page, context="escalated-widget", options=RULES)["violations"]
    widget.button("No").click()
    widget.all.locator("#why").fill("Which way?")
    with page.expect_response(
        lambda answer: "/feedback?" in answer.url and "Which" in (answer.request.post_data or "")
    ):
        widget.send()
    widget.sees("Thank you for telling us.")
    assert [comment for _pk, _helpful, comment, _visitor in shelf.votes] == ["", "Which way?"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_articles_and_answers_run_and_load_nothing(widget, host, shelf, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}
    shelf.html = EVIL
    host.head = "<script>window.ran = 0; window.evil = () => ran++</script>"
    asked = []
    widget.page.on("request", lambda request: asked.append(request.url))
    goto(widget, host)
    ticket = send_a_request(widget)
    messages.reply(ticket, body=MessageBody.from_html(EVIL), actor=make_agent().user)
    widget.button("View your request").click()
    widget.sees("Hello")
    read_and_click_everything(widget, ".thread")
    widget.page.evaluate("EscalatedWidget.open('article', 7)")
    widget.all.locator("article").wait_for()
    read_and_click_everything(widget, "article")
    assert widget.page.evaluate("ran") == 0
    # (An article's own pictures may come from elsewhere: the page's policy says from where.)
    assert [url for url in asked if "evil.example" in url and "pixel" not in url] == []
    assert Ticket.objects.count() == 1


def read_and_click_everything(widget, place):
    box = widget.all.locator(place)
    assert (
        box.locator("svg, math, style, form, iframe, base, script, button >> text=Log in").count()
        == 0
    )
    for link in box.locator("a").all():
        link.click(force=True, no_wait_after=True)
