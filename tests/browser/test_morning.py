"""What an agent does in a morning beside answering: hand over, split, merge, put off, work through many at once;
and what the page does when the connection does not hold."""

import pytest

from tests import factories
from tests.browser.agents import send, write
from tests.kb import trees
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.models import CannedResponse, Ticket, TicketEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURE = """
    field => {
        const files = new DataTransfer();
        const bytes = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='), c => c.charCodeAt(0));
        files.items.add(new File([bytes], NAME, { type: 'image/png' }));
        field.dispatchEvent(new EVENT);
    }
"""
PASTED = PICTURE.replace("NAME", "'pasted.png'").replace(
    "EVENT", "ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true })"
)
DROPPED = PICTURE.replace("NAME", "'dropped.png'").replace(
    "EVENT", "DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true })"
)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def dialog(page):
    found = page.locator("dialog[open]")
    found.wait_for()
    return found


#: Each answer of the desk takes a while.
SLOW = """
    const quick = window.fetch;
    window.fetch = async (...asked) => {
        await new Promise((go) => { setTimeout(go, 600); });
        return quick(...asked);
    };
"""


def test_who_writes_faster_than_the_desk_answers_loses_neither_the_choice_nor_a_word(desk, window):
    CannedResponse.objects.create(title="Greeting", body="Hello,")
    reference = desk.tickets[0].reference
    ada = window("ada", f"tickets/{reference}/")
    ada.evaluate(SLOW)
    press(ada, "r")
    ada.keyboard.type("/g")
    ada.locator(".esc-suggest li", has_text="Greeting").wait_for()
    ada.keyboard.type("ree")  # the list still answers one letter
    press(ada, "Enter")
    ada.keyboard.type(" pull the plug.")
    ada.locator(".esc-composer [contenteditable=true]", has_text="Hello, pull the plug.").wait_for()
    ada.keyboard.type(" Bye.")
    send(ada, "Send")
    assert (
        Ticket.objects.get(reference=reference).replies.get().body == "Hello, pull the plug. Bye."
    )


def test_a_view_is_worked_through_by_keys_from_ticket_to_ticket(desk, window):
    CannedResponse.objects.create(title="Greeting", body="Hello,")
    desk.ada.after_send = "next"
    desk.ada.save()
    ada = window("ada", "inbox/")
    with ada.expect_navigation():
        press(ada, "g", "w")
    assert "view=waiting" in ada.url
    first, second = ada.locator(".esc-row").nth(0), ada.locator(".esc-row").nth(1)
    first, second = first.get_attribute("data-reference"), second.get_attribute("data-reference")
    press(ada, "j")
    with ada.expect_navigation():
        press(ada, "Enter")
    assert first in ada.url
    ada.wait_for_load_state("networkidle")

    press(ada, "r")
    ada.keyboard.type("/gree")
    ada.locator(".esc-suggest li", has_text="Greeting").wait_for()
    # Draftail has a list of its own behind "/": it would lie on top.
    assert ada.locator(".w-combobox").count() == 0
    press(ada, "Enter")
    ada.keyboard.type(" pull the plug.")
    editor = ada.locator(".esc-composer [contenteditable=true]")
    editor.evaluate(PASTED)
    editor.evaluate(DROPPED)
    send(ada, "Send and wait")
    reply = Ticket.objects.get(reference=first).replies.get()
    assert reply.body.startswith("Hello, pull the plug.")
    names = reply.attachments.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["pasted.png", "dropped.png"]
    assert Ticket.objects.get(reference=first).status == "waiting_on_customer"

    # The next one of the same view, with the way of sending that was used last.
    assert second in ada.url
    assert "view=waiting" in ada.url
    assert ada.locator(".esc-composer__send button").first.inner_text() == "Send and wait"
    with ada.expect_navigation():
        ada.get_by_role("link", name="Undo").click()
    ada.get_by_text("Taken back.").wait_for()
    assert not Ticket.objects.get(reference=first).replies.exists()
    ada.wait_for_load_state("networkidle")
    with ada.expect_navigation():
        press(ada, "u")
    assert "inbox/" in ada.url
    assert "view=waiting" in ada.url


def test_an_article_is_put_in_by_two_question_marks_and_the_ticket_sleeps_until_monday(
    desk, window
):
    article = trees.article(trees.knowledge_base(), "Free a stuck burr", "Pull the plug first.")
    ticket = desk.tickets[0]
    ada = window("ada", f"tickets/{ticket.reference}/")
    write(ada, "Please read ??stuck burr")
    ada.locator(".esc-suggest li", has_text="Free a stuck burr").wait_for()
    press(ada, "Enter")
    ada.locator(".esc-composer [role=textbox]").get_by_text("Free a stuck burr").wait_for()
    ada.keyboard.type(" and tell us.")

    menu = ada.locator("summary", has_text="Send and snooze")
    menu.focus()
    press(ada, "Enter")
    ada.get_by_label("Next Monday").check()
    with ada.expect_navigation():
        ada.locator("button[value=snooze]", has_text="Send and snooze").click()
    ada.locator(".esc-message", has_text="Please read Free a stuck burr and tell us.").wait_for()
    assert f'href="{article.full_url}"' in ticket.replies.get().body_html
    assert ticket.article_citations.get().page_id == article.pk
    sleeps_until = Ticket.objects.get(pk=ticket.pk).snoozed_until
    assert sleeps_until.weekday() == 0
    assert ada.get_by_text("Snoozed until").first.is_visible()
    # What was used last comes first.
    assert ada.locator(".esc-composer__send button").first.inner_text() == "Send and snooze"


def test_an_attachment_that_is_spoken_of_and_misses_is_asked_about(desk, window):
    ada = window("ada", f"tickets/{desk.tickets[0].reference}/")
    asked = []
    ada.once("dialog", lambda question: (asked.append(question.message), question.dismiss()))
    write(ada, "The attached picture shows the plug.")
    press(ada, "Control+Enter")
    ada.wait_for_timeout(100)
    assert asked
    assert not desk.tickets[0].replies.exists()


def test_a_ticket_is_handed_over_by_two_keys_and_taken_back_by_two(desk, window):
    ticket = desk.tickets[0]
    ada = window("ada", f"tickets/{ticket.reference}/?view=all&open=true")
    press(ada, "t", "a")
    assert dialog(ada).get_by_role("heading", name="Assign").is_visible()
    # The field has the focus: a name is typed at once.
    ada.keyboard.type("ben")
    with ada.expect_navigation():
        dialog(ada).get_by_role("button", name="Assign").click()
    ada.get_by_text("Assigned to ben.").wait_for()
    assert "view=all" in ada.url
    assert Ticket.objects.get(pk=ticket.pk).assignee == desk.ben
    with ada.expect_navigation():
        press(ada, "Control+z")
    ada.get_by_text("Taken back.").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_a_ticket_is_snoozed_by_two_keys(desk, window):
    ticket = desk.tickets[0]
    ada = window("ada", f"tickets/{ticket.reference}/")
    press(ada, "h")
    with ada.expect_navigation():
        press(ada, "Enter")
    ada.locator(".messages").get_by_text("Snoozed until").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until


def test_a_ticket_is_merged_into_one_that_words_find(desk, window):
    ticket, into = desk.tickets[0], desk.tickets[2]
    tickets.set_requester(into, ticket.requester, actor=desk.ada.user)
    tickets.set_subject(into, "The toaster smokes", actor=desk.ada.user)
    ada = window("ada", f"tickets/{ticket.reference}/")
    press(ada, "t", "m")
    box = dialog(ada)
    ada.keyboard.type("nothing of the kind")
    press(ada, "Enter")
    box.get_by_text("There is no such ticket that you may work on.").wait_for()
    box.get_by_label("The other ticket").fill("toaster")
    box.get_by_role("heading", name="Found").wait_for()
    box.get_by_role("link", name=f"Choose {into.reference}").click()
    assert box.get_by_label("The other ticket").input_value() == into.reference
    # The button has the focus.
    with ada.expect_navigation():
        press(ada, "Enter")
    ada.get_by_text(f"{ticket.reference} is merged into {into.reference}.").wait_for()
    assert Ticket.objects.get(pk=ticket.pk).merged_into == into


def test_the_newest_message_of_the_customer_becomes_a_ticket_of_its_own(desk, window):
    ticket = desk.tickets[0]
    messages.reply(ticket, body="By the way, the toaster smokes.", actor=ticket.requester)
    ada = window("ada", f"tickets/{ticket.reference}/")
    press(ada, "t", "s")
    dialog(ada).get_by_label("Subject of the new ticket").fill("The toaster smokes")
    with ada.expect_navigation():
        press(ada, "Enter")
    ada.get_by_text(f"Split from {ticket.reference}.").wait_for()
    assert "the toaster smokes" in Ticket.objects.get(subject="The toaster smokes").description


def test_a_dialog_is_left_by_escape_and_gives_the_focus_back(desk, window):
    ada = window("ada", f"tickets/{desk.tickets[0].reference}/")
    ada.locator("summary", has_text="More").focus()
    press(ada, "Enter", "Tab", "Enter")
    dialog(ada)
    press(ada, "Escape")
    ada.locator("dialog[open]").wait_for(state="detached")
    ada.locator("summary:focus", has_text="More").wait_for()
    press(ada, "t", "l")
    assert dialog(ada).get_by_role("heading", name="Link").is_visible()


def test_two_hundred_at_once_name_those_that_cannot_and_are_taken_back(desk, window):
    for number in range(197):
        factories.make_ticket(department=desk.sales, subject=f"Lamp {number}")
    for ticket in desk.tickets:
        tickets.set_status(ticket, "closed", actor=desk.ada.user)
    ada = window("ada", "inbox/?ordering=-created_at&page_size=100")
    ada.get_by_label("Select all on this page").check()
    ada.get_by_label("All 99+ that match").check()
    ada.select_option("#esc-do", "status:resolved")
    # Without a worker beside the test the answer comes when all is done.
    ada.get_by_role("button", name="Apply").click(no_wait_after=True)
    ada.get_by_role("heading", name="197 tickets changed.").wait_for(timeout=240_000)
    assert Ticket.objects.filter(status="resolved").count() == 197
    for ticket in desk.tickets:
        assert ada.get_by_role("link", name=ticket.reference).is_visible()
    ada.get_by_role("button", name="Undo").click(no_wait_after=True)
    ada.get_by_role("heading", name="197 tickets were taken back.").wait_for(timeout=240_000)
    assert Ticket.objects.filter(status="open").count() == 197


def test_a_range_is_selected_by_keys_and_stays_selected_when_new_ones_are_shown(
    desk, window, settings
):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "POLL_SECONDS": 1}
    ada = window("ada", "inbox/?open=true&ordering=created_at")
    press(ada, "j", "x", "j", "j", "X")
    assert ada.get_by_text("3 selected").is_visible()
    chosen = {ticket.reference for ticket in desk.tickets}
    factories.make_ticket(department=desk.sales, subject="A lamp")
    ada.get_by_role("button", name="1 new ticket").click()
    ada.locator(".esc-row", has_text="A lamp").wait_for()
    boxes = ada.locator(".esc-row input:checked")
    assert {boxes.nth(n).input_value() for n in range(boxes.count())} == chosen
    assert ada.get_by_text("3 selected").is_visible()


def test_what_was_selected_is_still_so_for_who_comes_back(desk, window):
    ada = window("ada", "inbox/?open=true")
    press(ada, "j", "x")
    with ada.expect_navigation():
        ada.locator(".esc-row a").nth(1).click()
    ada.wait_for_load_state("networkidle")
    ada.go_back()
    ada.locator(".esc-row").first.wait_for()
    checked = ada.locator(".esc-row input:checked").count()
    assert ada.locator("#esc-bulk").is_visible() == bool(checked)


def test_where_sockets_do_not_get_through_the_page_asks(desk, window, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "POLL_SECONDS": 1}
    ticket = desk.tickets[0]
    in_list = window("ada", "inbox/?open=true")
    in_ticket = window("ben", f"tickets/{ticket.reference}/")
    messages.reply(ticket, body="It whistles now.", actor=ticket.requester)
    in_list.locator(".esc-row", has_text="It whistles now.").wait_for(timeout=15_000)
    in_ticket.locator(".esc-message", has_text="It whistles now.").wait_for(timeout=15_000)
    assert in_ticket.locator(".esc-message", has_text="It whistles now.").count() == 1


def test_a_page_without_connection_says_how_old_it_is_and_catches_up(desk, window, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "POLL_SECONDS": 1}
    ticket = desk.tickets[0]
    ada = window("ada", f"tickets/{ticket.reference}/")
    ada.context.set_offline(True)
    banner = ada.locator(".esc-connection")
    banner.get_by_text("No connection.").wait_for(timeout=30_000)
    messages.reply(ticket, body="It whistles now.", actor=ticket.requester)
    ada.context.set_offline(False)
    ada.locator(".esc-message", has_text="It whistles now.").wait_for(timeout=15_000)
    banner.wait_for(state="hidden", timeout=15_000)


@pytest.mark.real_worker
def test_a_socket_that_was_cut_is_opened_again_and_nothing_is_missed(desk, window):
    ticket = desk.tickets[0]
    ada = window("ada", "inbox/")
    sockets = []

    def between(socket):
        server = socket.connect_to_server()
        sockets.append((socket, server))

    ada.route_web_socket("**/events/socket/**", between)
    ada.goto(f"{desk.url}/admin/support/tickets/{ticket.reference}/")
    ada.wait_for_load_state("networkidle")
    with ada.expect_response(lambda answer: "/support/events/?" in answer.url):
        for side in sockets.pop():
            side.close()
    messages.reply(ticket, body="It whistles now.", actor=ticket.requester)
    ada.locator(".esc-message", has_text="It whistles now.").wait_for(timeout=30_000)
    assert TicketEvent.objects.filter(ticket=ticket).exists()
