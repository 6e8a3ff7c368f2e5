"""An agent's morning in a real browser: the list, the ticket, two people at once, all by keyboard."""

import re

import pytest

from tests import factories
from tests.browser.agents import send, write
from wagtail_escalated.actions import messages
from wagtail_escalated.models import CannedResponse, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: axe's rules that are Wagtail's own page furniture, not ours.
NOT_OURS = {"region", "landmark-unique"}


@pytest.mark.real_worker
def test_two_agents_on_one_ticket_see_each_other_and_no_reply_crosses_unseen(desk, window):
    ticket = desk.tickets[0]
    path = f"tickets/{ticket.reference}/"
    ada, ben = window("ada", path), window("ben", path)
    ada.get_by_text("ben is looking at this, too").wait_for(timeout=20_000)

    write(ada, "Pull the plug.")
    ben.get_by_text("ada is writing").wait_for(timeout=20_000)
    write(ben, "Do not touch it!")
    send(ada)

    # Ada's reply appears at Ben's without a reload, and what Ben writes stays.
    ben.locator(".esc-message", has_text="Pull the plug.").wait_for(timeout=20_000)
    assert "Do not touch it!" in ben.locator(".esc-composer").inner_text()
    with ben.expect_navigation():
        ben.keyboard.press("Control+Enter")
    ben.get_by_role("alert").get_by_text("Somebody has replied meanwhile.").wait_for()
    assert "Do not touch it!" in ben.locator(".esc-composer").inner_text()
    assert ticket.replies.count() == 1
    send(ben)
    assert ticket.replies.count() == 2


@pytest.mark.real_worker
def test_the_open_list_tells_of_new_tickets_and_changes_in_place(desk, window):
    ada = window("ada", "inbox/?open=true")
    first, rows = desk.tickets[0], ada.locator(".esc-row")
    assert rows.count() == 3
    order = rows.evaluate_all("rows => rows.map(row => row.dataset.reference)")
    messages.reply(first, body="It whistles now.", actor=first.requester)
    ada.get_by_text("It whistles now.").wait_for(timeout=30_000)
    assert rows.evaluate_all("rows => rows.map(row => row.dataset.reference)") == order
    factories.make_ticket(department=desk.sales, subject="A fourth kettle")
    ada.get_by_role("button", name="1 new ticket").wait_for(timeout=30_000)
    assert rows.count() == 3
    ada.get_by_role("button", name="1 new ticket").click()
    ada.get_by_role("link", name="A fourth kettle").wait_for()


@pytest.mark.real_worker
def test_a_list_that_has_its_socket_asks_nothing_else(desk, window):
    """What changed between page and socket comes by the socket; the badges come with the page."""
    ada = window("ada", "inbox/?open=true")
    asked = []
    ada.on("request", lambda request: asked.append(request.url))
    with ada.expect_websocket() as opened:
        ada.reload()
    ada.wait_for_load_state("networkidle")
    assert "/events/socket/?after=" in opened.value.url
    assert [url for url in asked if "/support/" in url] == [ada.url]


def test_a_list_is_worked_through_by_keyboard_alone(desk, window):
    ada = window("ada", "inbox/?open=true&ordering=created_at")
    ada.keyboard.press("j")
    ada.keyboard.press("x")
    ada.keyboard.press("j")
    ada.keyboard.press("x")
    assert ada.get_by_text("2 selected").is_visible()
    ada.locator("#esc-do").focus()
    ada.locator("#esc-do option[value='status:in_progress']").wait_for(state="attached")
    ada.select_option("#esc-do", "status:in_progress")
    send(ada, "Apply")
    assert Ticket.objects.filter(status="in_progress").count() == 2
    with ada.expect_navigation():
        ada.get_by_role("link", name="Undo").click()
    ada.get_by_text("Taken back.").wait_for()
    assert Ticket.objects.filter(status="open").count() == 3

    # A look without opening, the keys, and the box that goes anywhere.
    ada.keyboard.press("j")
    ada.keyboard.press("Space")
    ada.locator("dialog[open]", has_text="It burns since this morning.").wait_for()
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")
    ada.get_by_role("heading", name="Keys of the support desk").wait_for()
    ada.keyboard.press("Escape")
    ada.keyboard.press("Control+k")
    ada.keyboard.type("Kettle 3")
    ada.locator("dialog[open] [role=option]", has_text="Kettle 3").wait_for()
    with ada.expect_navigation():
        ada.keyboard.press("Enter")
    assert desk.tickets[2].reference in ada.url

    # In the ticket: assign to me, a note with a mention, a reply.
    with ada.expect_navigation():
        ada.keyboard.press("a")
    ada.wait_for_load_state("networkidle")
    assert Ticket.objects.get(subject="Kettle 3").assignee == desk.ada
    ada.keyboard.press("n")
    ada.keyboard.type("Look, @be")
    ada.locator(".esc-suggest li", has_text="ben").wait_for()
    ada.keyboard.press("Enter")
    with ada.expect_navigation():
        ada.keyboard.press("Control+Enter")
    note = desk.tickets[2].notes.get()
    assert note.body == "Look, @ben"
    assert list(note.mentions.all()) == [desk.ben.user]


def test_a_canned_response_is_put_in_by_a_slash_and_the_draft_survives(desk, window):
    CannedResponse.objects.create(title="Greeting", body="Hello, about {{ ticket.reference }}:")
    ticket = desk.tickets[0]
    ada = window("ada", f"tickets/{ticket.reference}/")
    write(ada, "/gree")
    ada.locator(".esc-suggest li", has_text="Greeting").wait_for()
    ada.keyboard.press("Enter")
    composer = ada.locator(".esc-composer [contenteditable=true]")
    composer.get_by_text(f"Hello, about {ticket.reference}:").wait_for()
    ada.get_by_text("Draft saved").wait_for()
    ada.reload()
    ada.wait_for_load_state("networkidle")
    composer.get_by_text(f"Hello, about {ticket.reference}:").wait_for()
    send(ada, "Send and wait")
    ticket.refresh_from_db()
    assert ticket.status == "waiting_on_customer"


def test_filters_narrow_the_list_and_the_address_says_it(desk, window):
    factories.make_ticket(department=desk.sales, subject="Burning", priority="urgent")
    ada = window("ada", "inbox/?open=true")
    ada.get_by_role("button", name="Show filters").click()
    ada.locator(".w-drilldown__toggle", has_text="Priority").click()
    ada.get_by_label("Urgent").check()
    ada.locator(".esc-row", has_text="Kettle").first.wait_for(state="detached")
    assert "priority=urgent" in ada.url
    assert "open=true" in ada.url
    assert ada.locator(".esc-row").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inbox_and_ticket_have_no_barrier_that_axe_knows(desk, window, scheme):
    axe = pytest.importorskip("axe_core_python.sync_playwright").Axe()
    ticket = desk.tickets[0]
    messages.reply(ticket, body="Pull the plug.", actor=desk.ada.user)
    messages.add_note(ticket, body="The third.", actor=desk.ada.user)
    for path in ("inbox/?open=true", f"tickets/{ticket.reference}/", "views/"):
        page = window("ada", path, color_scheme=scheme)
        page.wait_for_timeout(1000)
        found = [v for v in axe.run(page)["violations"] if v["id"] not in NOT_OURS]
        assert not [(v["id"], [node["target"] for node in v["nodes"]]) for v in found]


def test_nothing_is_lost_on_a_phone(desk, window):
    ticket = desk.tickets[0]
    for path in ("inbox/?open=true", f"tickets/{ticket.reference}/"):
        page = window("ada", path, viewport={"width": 320, "height": 700})
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0
    assert re.search("Properties", page.content())
