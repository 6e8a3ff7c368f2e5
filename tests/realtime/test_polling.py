"""``events/`` and ``events/presence/`` by their URLs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    make_agent,
    make_customer,
    make_department,
    make_editor,
    make_manager,
    make_reader,
    make_ticket,
)
from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.models import Presence, display_name
from wagtail_escalated.realtime import versions

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def sales():
    return make_department("Sales")


@pytest.fixture
def ann():
    return make_customer("ann")


@pytest.fixture
def ticket(sales, ann):
    return make_ticket(requester=ann, actor=ann, department=sales)


def poll(client, user=None, headers=None, **query):
    if user is not None:
        client.force_login(user)
    return client.get(reverse("wagtail_escalated:events"), query, headers=headers or {})


def test_one_ticket_says_its_version_and_whether_it_is_newer(client, ticket, ann):
    answer = poll(client, ann, ticket=ticket.reference.lower(), after=1)
    assert answer.json() == {"version": 1, "changed": False}
    messages.reply(ticket, body="Still burning.", actor=ann)
    assert poll(client, ticket=ticket.reference, after=1).json() == {"version": 2, "changed": True}
    assert poll(client, ticket=ticket.reference).json() == {"version": 2, "changed": True}
    assert "no-store" in poll(client, ticket=ticket.reference)["Cache-Control"]


def test_a_customer_is_not_told_of_notes_nor_of_other_work_inside(client, ticket, ann, sales):
    agent = make_agent(departments=(sales,)).user
    cursor = poll(client, ann).json()["cursor"]
    long_ago = timezone.now() - timedelta(hours=1)
    type(ticket).objects.filter(pk=ticket.pk).update(public_updated_at=long_ago)
    messages.add_note(ticket, body="Rude.", actor=agent)
    tickets.set_priority(ticket, "urgent", actor=agent)
    assert poll(client, ticket=ticket.reference).json()["version"] == 1
    assert poll(client, after=cursor).json()["changed"] == []
    assert poll(client, agent, ticket=ticket.reference).json()["version"] == 3
    assert poll(client, agent, after=cursor).json()["changed"] == [
        {"ticket": ticket.reference, "version": 3}
    ]


@pytest.mark.parametrize("stranger", [make_customer, make_editor, make_agent, make_reader])
def test_a_ticket_of_somebody_else_is_not_there(client, ticket, stranger):
    user = stranger()
    user = getattr(user, "user", user)
    assert poll(client, user, ticket=ticket.reference).status_code == 404
    assert poll(client, user, ticket="ESC-2601-000000").status_code == 404
    cursor = str(versions.Cursor(timezone.now() - timedelta(days=1)))
    assert poll(client, after=cursor).json()["changed"] == []


def test_without_a_login_there_is_nothing(client, ticket):
    assert poll(client).status_code == 401
    assert poll(client, ticket=ticket.reference).status_code == 401


def test_without_a_cursor_one_is_given_that_finds_what_follows(client, ticket, ann):
    first = poll(client, ann).json()
    assert first["changed"] == []
    messages.reply(ticket, body="More.", actor=ann)
    second = poll(client, after=first["cursor"]).json()
    assert second["changed"] == [{"ticket": ticket.reference, "version": 2}]
    # Ten seconds' overlap: the pair comes again, and the client knows it.
    assert poll(client, after=second["cursor"]).json()["changed"] == second["changed"]


def test_more_changes_than_fit_are_read_on_without_losing_one(client, sales, monkeypatch):
    monkeypatch.setattr(versions, "MOST_AT_ONCE", 3)
    agent, now = make_agent(departments=(sales,)).user, timezone.now() - timedelta(hours=1)
    made = {make_ticket(department=sales, now=now).reference for _number in range(8)}
    cursor, found = str(versions.Cursor(now - timedelta(seconds=1))), set()
    for _page in range(3):
        answer = poll(client, agent, after=cursor).json()
        found |= {pair["ticket"] for pair in answer["changed"]}
        cursor = answer["cursor"]
    assert found == made


@pytest.mark.parametrize(
    "after", ["nonsense", "%%%", "ÄÖ", "a" * 500, "LTk5OTk5OTk5OTk5OTk5OTk5OTkuMA"]
)
def test_a_cursor_that_was_never_given_out_is_refused(client, ann, after):
    assert poll(client, ann, after=after).status_code == 400


def test_a_version_that_is_no_number_is_refused(client, ann, ticket):
    assert poll(client, ann, ticket=ticket.reference, after="x").status_code == 400


def test_a_guest_sees_the_ticket_of_the_link_alone(client, ticket, ann):
    other = make_ticket(requester=ticket.requester)
    headers = {"X-Guest-Token": guests.create_link(ticket, by_mail=True)}
    assert poll(client, headers=headers, ticket=ticket.reference).json()["version"] == 1
    assert poll(client, headers=headers, ticket=other.reference).status_code == 404
    cursor = str(versions.Cursor(timezone.now() - timedelta(minutes=1)))
    changed = poll(client, headers=headers, after=cursor).json()["changed"]
    assert changed == [{"ticket": ticket.reference, "version": 1}]
    wrong = poll(client, headers={"X-Guest-Token": "wrong"}, ticket=ticket.reference)
    assert wrong.status_code == 401


def test_polling_costs_the_same_with_three_tickets_and_thirty(
    client, sales, django_assert_max_num_queries
):
    agent = make_agent(departments=(sales,)).user
    cursor = str(versions.Cursor(timezone.now() - timedelta(minutes=1)))
    poll(client, agent)
    for number in (3, 30):
        for _ticket in range(number):
            make_ticket(department=sales)
        with django_assert_max_num_queries(8):
            assert len(poll(client, after=cursor).json()["changed"]) >= number


def test_the_stream_is_not_there_under_wsgi(client, ann):
    client.force_login(ann)
    assert client.get(reverse("wagtail_escalated:events_stream")).status_code == 501


async def test_the_sockets_path_asked_by_http_says_upgrade(async_client, ann):
    response = await async_client.get(reverse("wagtail_escalated:events_socket"))
    assert (response.status_code, response["Upgrade"]) == (426, "websocket")


def test_under_wsgi_it_says_so_without_the_header_that_wsgi_forbids(client, ann):
    response = client.get(reverse("wagtail_escalated:events_socket"))
    assert response.status_code == 426
    assert "Upgrade" not in response


def say(client, ticket, state):
    path = reverse("wagtail_escalated:events_presence")
    return client.post(path, {"ticket": ticket.reference, "state": state})


def test_agents_see_who_else_is_at_a_ticket_until_they_go(client, ticket, sales):
    first, second = (make_agent(name, departments=(sales,)).user for name in ("una", "otto"))
    client.force_login(first)
    assert say(client, ticket, "writing").json()["present"] == []
    client.force_login(second)
    assert say(client, ticket, "viewing").json()["present"] == [
        {"name": display_name(first), "state": "writing"}
    ]
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    path = reverse("wagtail_escalated:events_presence")
    assert client.get(path, {"ticket": ticket.reference}).json()["present"] == []
    client.force_login(first)
    say(client, ticket, "viewing")
    say(client, ticket, "gone")
    client.force_login(second)
    assert say(client, ticket, "viewing").json()["present"] == []
    assert say(client, ticket, "dancing").status_code == 400


def test_customers_never_see_who_reads_their_ticket(client, ticket, ann, sales):
    client.force_login(ann)
    assert say(client, ticket, "viewing").status_code == 404
    client.logout()
    assert say(client, ticket, "viewing").status_code == 401
    assert not Presence.objects.exists()


def test_a_manager_polls_every_ticket(client, ticket):
    cursor = str(versions.Cursor(timezone.now() - timedelta(minutes=1)))
    answer = poll(client, make_manager(), after=cursor).json()
    assert answer["changed"] == [{"ticket": ticket.reference, "version": 1}]
