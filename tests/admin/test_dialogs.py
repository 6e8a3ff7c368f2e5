"""What an agent decides in a dialog: the same pages without a script, and two keys away with one."""

import re

import pytest
from django.urls import reverse

from tests.factories import make_agent, make_department, make_ticket
from wagtail_escalated.models import Ticket
from wagtail_escalated.views_of_tickets import STANDING_VIEWS

pytestmark = pytest.mark.django_db

IN_A_DIALOG = {"X-Requested-With": "fetch"}


@pytest.fixture
def sales(db):
    return make_department("Sales")


@pytest.fixture
def ada(sales):
    return make_agent("ada", departments=(sales,))


@pytest.fixture
def desk(client, ada):
    client.force_login(ada.user)
    return client


@pytest.fixture
def ticket(sales):
    return make_ticket(subject="A kettle that burns", department=sales)


def url_of(ticket, name, *args):
    return reverse(f"wagtail_escalated_admin:ticket_{name}", args=[ticket.reference, *args])


@pytest.mark.parametrize("name", ["assign", "move", "merge", "link"])
def test_a_dialog_is_the_form_alone_and_a_page_has_the_admin_around_it(desk, ticket, name):
    inside = desk.get(url_of(ticket, name), headers=IN_A_DIALOG).content.decode()
    page = desk.get(url_of(ticket, name)).content.decode()
    assert "<html" not in inside
    assert "<html" in page
    for text in (inside, page):
        assert f'action="{url_of(ticket, name)}"' in text
        assert "A kettle that burns" in text


def test_a_dialog_answers_where_the_page_goes_on_and_the_message_waits_there(desk, ada, ticket):
    list_query = "?view=all&open=true"
    url = url_of(ticket, "assign") + list_query
    answer = desk.post(url, {"agent": ada.pk}, headers=IN_A_DIALOG)
    assert answer.json()["url"].endswith(f"/{ticket.reference}/{list_query}")
    page = desk.get(answer.json()["url"]).content.decode()
    assert f"Assigned to {ada}." in page
    assert "/undo/" in page


def test_what_a_dialog_refuses_stands_above_its_form(desk, ticket):
    answer = desk.post(url_of(ticket, "merge"), {"other": ticket.reference}, headers=IN_A_DIALOG)
    assert answer.status_code == 422
    assert "A ticket cannot be merged into itself." in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("door", ["move", "change"])
def test_whoever_moves_a_ticket_out_of_reach_is_led_to_the_list_and_may_take_it_back(
    desk, sales, ticket, door
):
    billing = make_department("Billing")
    url = url_of(ticket, door, *(["department"] if door == "change" else []))
    page = desk.post(f"{url}?view=all&open=true", {"department": billing.pk}, follow=True)
    assert Ticket.objects.get(pk=ticket.pk).department == billing
    assert page.request["PATH_INFO"] == reverse("wagtail_escalated_admin:inbox")
    assert page.request["QUERY_STRING"] == "view=all&open=true"
    assert "Moved to Billing." in page.content.decode()
    undo = re.search(r"/admin/support/undo/[^/]+/", page.content.decode())[0]
    back = desk.post(undo, follow=True)
    assert ticket.reference in back.request["PATH_INFO"]
    assert Ticket.objects.get(pk=ticket.pk).department == sales


def test_nobody_outside_the_department_is_offered_or_taken(desk, ticket):
    stranger = make_agent("zoe", departments=(make_department("Billing"),))
    url = url_of(ticket, "assign")
    assert "zoe" not in desk.get(url).content.decode()
    assert desk.post(url, {"agent": stranger.pk}).status_code == 422
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_words_find_the_other_ticket_among_those_one_may_work_on(desk, sales, ticket):
    wanted = make_ticket(subject="A toaster that smokes", department=sales)
    make_ticket(subject="A toaster of others", department=make_department("Billing"))
    found = desk.get(url_of(ticket, "merge"), {"words": "toaster"}, headers=IN_A_DIALOG)
    assert [one.reference for one in found.context["candidates"]] == [wanted.reference]
    nothing = desk.get(url_of(ticket, "merge"), {"words": "no\x00thing"}, headers=IN_A_DIALOG)
    assert "No ticket that you may work on has these words." in nothing.content.decode()


def test_words_in_place_of_a_reference_are_looked_for_without_a_script(desk, sales, ticket):
    wanted = make_ticket(subject="A toaster that smokes", department=sales)
    page = desk.post(url_of(ticket, "merge"), {"other": "toaster"}).content.decode()
    assert "There is no such ticket that you may work on." in page
    assert f"?other={wanted.reference}" in page


def test_a_choice_keeps_the_list_that_the_ticket_was_opened_from(desk, sales, ticket):
    make_ticket(subject="A kettle that burns again", department=sales)
    page = desk.get(url_of(ticket, "merge") + "?view=all&open=true").content.decode()
    assert "&amp;view=all&amp;open=true" in page


def test_each_standing_view_has_a_letter_of_its_own_and_saved_ones_have_numbers(desk, ada):
    letters = [view.letter for view in STANDING_VIEWS.values()]
    assert len(set(letters)) == len(letters)
    url = reverse("wagtail_escalated_admin:view_new")
    desk.post(f"{url}?priority=urgent", {"name": "Urgent", "sharing": "private"})
    inbox = desk.get(reverse("wagtail_escalated_admin:inbox")).content.decode()
    for key in [*letters, "1"]:
        assert f'data-esc-keys-target="view" data-key="{key}"' in inbox
