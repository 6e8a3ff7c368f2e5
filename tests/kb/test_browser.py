"""The help centre in a real browser: narrow, dark, right to left, and with axe's rules."""

import os
from pathlib import Path

import pytest

from tests.kb import trees
from tests.kb.test_search import MACHINE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BODY = [
    ("text", "<h2>In short</h2><p>Send the parcel back within <b>thirty days</b>.</p>"
             "<h3>By post</h3><p>Or bring it.</p>"),
    ("steps", {"title": "How", "steps": [
        {"title": "Open your account", "text": "<p>Choose Orders.</p>", "image": None},
        {"title": "Choose the order", "text": "", "image": None},
    ]}),
    ("callout", {"kind": "warning", "text": "<p>Gift cards are not refunded.</p>"}),
    ("code", {"caption": "Return code", "language": "text", "code": "RET-1 " * 40}),
    ("table", {"caption": "How long", "cells": "Card|Days\nVisa|3\nTransfer|5", "header_row": True,
               "header_column": True}),
    ("questions", {"title": "Questions", "questions": [
        {"question": "Who pays the postage?", "answer": "<p>We do.</p>"}]}),
]  # fmt: skip


@pytest.fixture
def pages():
    kb = trees.knowledge_base("Help centre", intro="What can we do for you?")
    orders = trees.category(kb, "Orders and delivery", description="Parcels, refunds, invoices.")
    body = trees.ArticlePage._meta.get_field("body").to_python([])
    body.extend(BODY)
    article = trees.article(orders, "Get a refund", body=body, summary="How money comes back.")
    return {"index": kb.url, "category": orders.url, "article": article.url}


def picture(page, name):
    """Kept where somebody asks for it, to be looked at."""
    folder = os.environ.get("ESCALATED_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"kb-{name}.png"), full_page=True)


def test_pages_have_no_barrier_that_axe_knows_and_no_blocked_or_wide_part(
    live_server, browser_page, pages
):
    axe = pytest.importorskip("axe_core_python.sync_playwright").Axe()
    addresses = pages | {"search": f"{pages['index']}?q=how+do+i+get+a+refund"}
    for scheme in ("light", "dark"):
        browser_page.emulate_media(color_scheme=scheme)
        for name, path in addresses.items():
            for width in (1200, 320):
                browser_page.set_viewport_size({"width": width, "height": 800})
                browser_page.goto(live_server.url + path)
                picture(browser_page, f"{name}-{scheme}-{width}")
                found = [
                    (v["id"], v["nodes"][0]["html"]) for v in axe.run(browser_page)["violations"]
                ]
                assert not found, (name, scheme, width)
                wide = "document.documentElement.scrollWidth > innerWidth"
                assert not browser_page.evaluate(wide), (name, width)
    # The site of the tests has no favicon.
    assert not [one for one in browser_page.problems if "404" not in one]


def test_a_vote_by_keyboard(live_server, browser_page, pages):
    browser_page.goto(live_server.url + pages["article"])
    browser_page.get_by_role("button", name="No", exact=True).press("Enter")
    browser_page.get_by_label("What was missing or wrong?").fill("The address")
    browser_page.get_by_role("button", name="Send").press("Enter")
    browser_page.get_by_text("Thank you for telling us.").wait_for()


def test_the_arrow_keys_go_through_the_suggestions(live_server, browser_page, pages):
    browser_page.goto(live_server.url + pages["index"])
    field = browser_page.get_by_role("searchbox")
    field.press_sequentially("refund", delay=20)
    hit = browser_page.get_by_role("region", name="Suggestions").get_by_role("link")
    hit.wait_for()
    field.press("ArrowDown")
    focused = "document.activeElement.textContent"
    assert browser_page.evaluate(focused) == "Get a refund"
    browser_page.keyboard.press("ArrowUp")
    assert field.evaluate("field => field === document.activeElement")
    browser_page.get_by_role("heading", level=1).click()
    hit.wait_for(state="detached")
    field.press_sequentially("s", delay=20)
    hit.wait_for()
    browser_page.keyboard.press("ArrowDown")
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/get-a-refund/?q=*")


def test_suggestions_appear_while_a_word_is_half_typed(live_server, browser_page):
    """In a help centre of one long article, too, whose words all stand in every article there is."""
    kb = trees.knowledge_base("Help centre")
    trees.article(kb, "Descale your espresso machine", MACHINE * 3)
    for address in (kb.url, f"{kb.url}?q=descale"):
        browser_page.goto(live_server.url + address)
        field = browser_page.get_by_role("searchbox")
        field.fill("")
        field.press_sequentially("how do i desc", delay=20)
        hit = browser_page.get_by_role("region", name="Suggestions").get_by_role("link")
        hit.wait_for()
        assert hit.inner_text() == "Descale your espresso machine"
        field.press("Escape")
        hit.wait_for(state="detached")
    assert field.input_value() == "how do i desc"
    field.press("End")
    field.press_sequentially("a", delay=20)
    hit.wait_for()
    hit.click()
    browser_page.wait_for_url("**/descale-your-espresso-machine/?q=*")
