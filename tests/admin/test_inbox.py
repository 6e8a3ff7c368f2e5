"""The inbox, entered by its URL."""

import html
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.models import SavedView, Ticket

pytestmark = pytest.mark.django_db

INBOX = "/admin/support/inbox/"


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def agent(sales):
    return factories.make_agent("ada", departments=(sales,))


@pytest.fixture
def agent_client(client, agent):
    client.force_login(agent.user)
    return client


def references(response):
    """Those of the rows, in their order."""
    return re.findall(r'data-reference="([^"]+)"', response.content.decode())


def test_an_agent_sees_the_tickets_of_their_departments_and_no_others(agent_client, sales):
    other = factories.make_department("Repairs")
    mine = factories.make_ticket(subject="A kettle for sale", department=sales)
    theirs = factories.make_ticket(subject="A broken kettle", department=other)
    page = agent_client.get(INBOX).content.decode()
    assert mine.reference in page
    assert "A kettle for sale" in page
    assert theirs.reference not in page
    assert "A broken kettle" not in page


@pytest.mark.parametrize("who", ["editor", "anonymous"])
@pytest.mark.parametrize(
    "path",
    [
        "inbox/",
        "inbox/results/",
        "inbox/rows/",
        "inbox/filters/",
        "inbox/bulk/",
        "inbox/preferences/",
        "views/",
        "views/new/",
        "tickets/new/",
    ],
)
def test_who_does_not_work_inside_gets_nothing(client, who, path):
    ticket = factories.make_ticket()
    if who == "editor":
        client.force_login(factories.make_editor())
    response = client.get(f"/admin/support/{path}")
    assert response.status_code == 302
    assert ticket.reference not in response.content.decode()


def test_the_inbox_asks_the_database_as_often_for_100_rows_as_for_3(agent_client, sales):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            response = agent_client.get(INBOX + "?page_size=100&open=true")
            assert response.status_code == 200
        return captured.captured_queries

    agent_client.get(INBOX)
    for _number in range(3):
        factories.make_ticket(department=sales, tags=["one", "two"])
    few = queries()
    for _number in range(97):
        factories.make_ticket(department=sales, tags=["one", "two"])
    assert len(queries()) == len(few)
    assert len(few) <= 15, "\n".join(query["sql"][:200] for query in few)


def test_pages_walk_through_every_ticket_once_and_back(agent_client, sales):
    made = {factories.make_ticket(department=sales).reference for _number in range(60)}
    for ordering in ("-last_message_at", "priority", "next_due_at", "assignee", "-department"):
        seen, pages, url = [], [], f"{INBOX}?open=true&page_size=25&ordering={ordering}"
        while url:
            response = agent_client.get(url)
            pages.append(references(response))
            seen += pages[-1]
            following = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
            url = following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == 60
        assert set(seen) == made
        back = re.search(r'rel="prev" href="([^"]+)"', response.content.decode())[1]
        assert references(agent_client.get(back.replace("&amp;", "&"))) == pages[1]


@pytest.mark.parametrize(
    "query",
    [
        "after=garbage",
        "after=" + "A" * 2000,
        "before=eyJ9",
        "status=nonsense&priority=%00&department=x",
        "ordering=requester__user__password",
        "page_size=999999999999999",
        "created_from=yesterday",
        "search=%00%22'%3B--",
    ],
)
def test_any_address_shows_a_list(agent_client, sales, query):
    factories.make_ticket(department=sales)
    assert agent_client.get(f"{INBOX}?{query}").status_code == 200


def test_the_address_is_the_list(agent_client, agent, sales):
    urgent = factories.make_ticket(department=sales, priority="urgent")
    factories.make_ticket(department=sales, priority="low")
    mine = factories.make_ticket(department=sales)
    assignment.assign(mine, agent, actor=agent.user)
    assert references(agent_client.get(INBOX + "?priority=urgent")) == [urgent.reference]
    assert references(agent_client.get(INBOX + "?assignee=me")) == [mine.reference]
    assert len(references(agent_client.get(INBOX + "?assignee=nobody"))) == 2


def test_views_at_the_side_are_counted_within_the_agents_rights(agent_client, sales):
    for _number in range(3):
        factories.make_ticket(department=sales)
    factories.make_ticket(department=factories.make_department("Repairs"))
    page = agent_client.get(INBOX).content.decode()
    assert re.search(r'data-view="unassigned">3<', page)


def test_the_filter_panel_names_no_department_the_agent_may_not_see(agent_client, sales):
    factories.make_department("Secret acquisitions")
    page = agent_client.get("/admin/support/inbox/filters/").content.decode()
    assert "Sales" in page
    assert "Secret acquisitions" not in page
    assert "Secret acquisitions" not in agent_client.get(INBOX + "?department=2").content.decode()


def test_changed_rows_come_with_the_same_rights_as_the_list(agent_client, sales):
    mine = factories.make_ticket(department=sales)
    theirs = factories.make_ticket(department=factories.make_department("Repairs"))
    answer = agent_client.get(
        f"/admin/support/inbox/rows/?open=true&ref={mine.reference}&ref={theirs.reference}"
        f"&shown={theirs.reference}"
    ).json()
    assert list(answer["rows"]) == [mine.reference]
    assert answer["here"] == [mine.reference]
    assert answer["present"] == {}
    assert theirs.reference not in str(answer)


def test_a_ticket_that_left_the_list_is_said_to_have_left_it(agent_client, agent, sales):
    ticket = factories.make_ticket(department=sales)
    tickets.set_status(ticket, "resolved", actor=agent.user)
    answer = agent_client.get(f"/admin/support/inbox/rows/?open=true&ref={ticket.reference}").json()
    assert answer["here"] == []
    assert "Resolved" in answer["rows"][ticket.reference]


# Bulk


def bulk(client, chosen, **data):
    data = {"ticket": [ticket.reference for ticket in chosen], **data}
    return client.post("/admin/support/inbox/bulk/?open=true", data, follow=True)


def test_bulk_does_what_can_be_done_and_names_the_rest(agent_client, agent, sales):
    fine = [factories.make_ticket(department=sales) for _number in range(3)]
    closed = factories.make_ticket(department=sales, subject="Over already")
    tickets.set_status(closed, "closed", actor=agent.user)
    page = bulk(agent_client, [*fine, closed], do="status:in_progress").content.decode()
    assert "3 tickets changed." in page
    assert closed.reference in page
    assert "cannot go from" in page
    assert set(
        Ticket.objects.filter(pk__in=[t.pk for t in fine]).values_list("status", flat=True)
    ) == {"in_progress"}


def test_one_undo_takes_a_whole_bulk_back(agent_client, agent, sales):
    chosen = [factories.make_ticket(department=sales) for _number in range(3)]
    page = bulk(agent_client, chosen, do=f"assign:{agent.pk}").content.decode()
    undo = re.search(r'href="(/admin/support/undo/[^"]+)"', page)[1]
    assert Ticket.objects.filter(assignee=agent).count() == 3
    agent_client.post(undo)
    assert Ticket.objects.filter(assignee=None, status="open").count() == 3


def test_one_undo_takes_a_whole_bulk_of_merges_back(agent_client, sales):
    requester = factories.make_contact()
    made = [factories.make_ticket(department=sales, requester=requester) for _ in range(3)]
    page = bulk(agent_client, made, do="merge", into=made[2].reference)
    assert Ticket.objects.filter(merged_into=made[2]).count() == 2
    undo = re.search(r'href="(/admin/support/undo/[^"]+)"', page.content.decode())[1]
    agent_client.post(undo)
    assert set(Ticket.objects.values_list("merged_into", "status")) == {(None, "open")}


def test_bulk_reaches_no_ticket_the_agent_may_not_see(agent_client):
    theirs = factories.make_ticket(department=factories.make_department("Repairs"))
    page = bulk(agent_client, [theirs], do="status:resolved").content.decode()
    theirs.refresh_from_db()
    assert theirs.status == "open"
    assert theirs.reference not in page


def test_bulk_on_all_that_match(agent_client, sales):
    for _number in range(30):
        factories.make_ticket(department=sales, priority="low")
    other = factories.make_ticket(department=sales, priority="high")
    agent_client.post(
        "/admin/support/inbox/bulk/?priority=low&page_size=25",
        {"matching": "1", "do": "tag", "tags": "spring, sale"},
    )
    assert Ticket.objects.filter(tags__name="spring").count() == 30
    assert not other.tags.exists()


def test_an_agent_cannot_delete_in_bulk(agent_client, sales):
    ticket = factories.make_ticket(department=sales)
    bulk(agent_client, [ticket], do="delete", sure="1")
    assert Ticket.objects.filter(pk=ticket.pk).exists()


def test_somebody_who_only_reads_gets_no_bulk(client, sales):
    reader = factories.make_reader("rea", departments=(sales,))
    ticket = factories.make_ticket(department=sales)
    client.force_login(reader.user)
    assert "esc-bulk" not in client.get(INBOX).content.decode()
    bulk(client, [ticket], do="status:resolved")
    ticket.refresh_from_db()
    assert ticket.status == "open"


# Saved views


def test_a_view_is_saved_with_its_filter_and_shown_with_its_count(agent_client, sales):
    factories.make_ticket(department=sales, priority="high")
    factories.make_ticket(department=sales, priority="low")
    response = agent_client.post(
        "/admin/support/views/new/?priority=high&ordering=created_at",
        {"name": "Burning", "sharing": "private"},
        follow=True,
    )
    view = SavedView.objects.get()
    assert (view.name, view.ordering) == ("Burning", "created_at")
    assert view.filters["priority"] == ["high"]
    assert len(references(response)) == 1
    assert re.search(rf'data-view="{view.pk}">1<', response.content.decode())


def test_the_same_name_twice_is_an_error(agent_client, agent):
    SavedView.objects.create(owner=agent.user, name="Burning")
    response = agent_client.post(
        "/admin/support/views/new/", {"name": "Burning", "sharing": "private"}
    )
    assert response.status_code == 200
    assert "You have a view of this name already." in response.content.decode()


def test_anothers_private_view_is_not_there(agent_client):
    other = factories.make_agent("ben")
    view = SavedView.objects.create(owner=other.user, name="Bens own")
    assert agent_client.get(f"{INBOX}?view={view.pk}").status_code == 404
    assert agent_client.get(f"/admin/support/views/{view.pk}/").status_code == 404
    assert agent_client.post(f"/admin/support/views/{view.pk}/delete/").status_code == 404
    assert "Bens own" not in agent_client.get(INBOX).content.decode()


def test_a_shared_view_is_shown_but_not_changed_by_others(agent_client):
    other = factories.make_agent("ben")
    view = SavedView.objects.create(owner=other.user, name="Ours", sharing="everybody")
    assert "Ours" in agent_client.get(INBOX).content.decode()
    assert agent_client.get(f"/admin/support/views/{view.pk}/").status_code == 404


def test_a_manager_deletes_what_others_share_and_nothing_else(client, agent_client, agent):
    private = SavedView.objects.create(owner=agent.user, name="Private")
    shared = SavedView.objects.create(owner=agent.user, name="Shared", sharing="everybody")
    ben = factories.make_agent("ben")
    delete = "/admin/support/views/{}/delete/".format
    client.force_login(ben.user)
    assert delete(shared.pk) not in client.get("/admin/support/views/").content.decode()
    assert client.post(delete(shared.pk)).status_code == 404
    client.force_login(factories.make_manager())
    page = client.get("/admin/support/views/").content.decode()
    assert delete(shared.pk) in page
    assert f"/admin/support/views/{shared.pk}/up/" not in page
    assert client.post(delete(private.pk)).status_code == 404
    assert "is deleted" in client.post(delete(shared.pk), follow=True).content.decode()
    assert list(SavedView.objects.all()) == [private]


def test_the_start_page_is_the_agents_choice(agent_client, agent, sales):
    mine = factories.make_ticket(department=sales)
    factories.make_ticket(department=sales)
    assignment.assign(mine, agent, actor=agent.user)
    agent_client.post("/admin/support/views/mine/start/")
    assert references(agent_client.get(INBOX)) == [mine.reference]


def test_own_views_are_put_in_order(agent_client, agent):
    one = SavedView.objects.create(owner=agent.user, name="One", position=1)
    two = SavedView.objects.create(owner=agent.user, name="Two", position=2)
    agent_client.post(f"/admin/support/views/{two.pk}/up/")
    order = SavedView.objects.order_by("position").values_list("pk", flat=True)
    assert list(order) == [two.pk, one.pk]


def test_columns_density_and_page_size_are_the_agents_own(agent_client, agent, sales):
    factories.make_ticket(department=sales, tags=["garden"])
    agent_client.post(
        "/admin/support/inbox/preferences/",
        {
            "columns": ["tags"],
            "density": "compact",
            "page_size": "50",
            "after_send": "stay",
        },
    )
    page = agent_client.get(INBOX).content.decode()
    assert "garden" in page
    assert "esc-density-compact" in page
    assert "<b>50</b>" in page
    agent.refresh_from_db()
    assert agent.after_send == "stay"


def test_a_row_is_unread_until_its_newest_version_was_seen(agent_client, agent, sales):
    ticket = factories.make_ticket(department=sales)
    assert "esc-row--unread" in agent_client.get(INBOX).content.decode()
    agent_client.post(
        reverse("wagtail_escalated_admin:ticket_presence", args=[ticket.reference]),
        {"state": "viewing", "version": ticket.version},
    )
    assert "esc-row--unread" not in agent_client.get(INBOX).content.decode()
    messages.reply(ticket, body="Still burning", actor=ticket.requester)
    assert "esc-row--unread" in agent_client.get(INBOX).content.decode()


def test_an_export_has_the_lists_tickets_and_no_formulas(agent_client, sales):
    factories.make_ticket(department=sales, subject="=HYPERLINK(1)", priority="high")
    other = factories.make_ticket(department=factories.make_department("Repairs"))
    response = agent_client.get(INBOX + "?priority=high&export=csv")
    text = b"".join(response.streaming_content).decode()
    assert "HYPERLINK" in text
    assert ",=HYPERLINK" not in text
    assert other.reference not in text


def test_verified_requesters_are_told_from_those_who_are_not(agent_client, sales):
    sure = factories.make_ticket(subject="By a login", department=sales, proved=True)
    unsure = factories.make_ticket(subject="By a form", department=sales, proved=False)
    for query, shown, hidden in (("true", sure, unsure), ("false", unsure, sure)):
        page = agent_client.get(INBOX, {"proved": query}).content.decode()
        assert shown.reference in page
        assert hidden.reference not in page
        assert "The requester is verified" in page


def test_the_page_says_what_the_menus_badges_show(agent_client, sales):
    """So that the menu asks for it no second time."""
    for _ticket in range(3):
        factories.make_ticket(department=sales)
    page = agent_client.get(INBOX).content.decode()
    said = json.loads(html.unescape(re.search(r'data-esc-badges="([^"]*)"', page)[1]))
    assert said == agent_client.get(reverse("wagtail_escalated_admin:badges")).json()
    assert said["inbox"] == "3"
