"""A ticket's history, beyond the rows that come with the ticket."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_reader
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import TicketEvent

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def path(ticket):
    return f"tickets/{ticket.reference}/history/"


def lengthen(ticket, rows):
    """Its first entry once more, three at a time, each later than those before."""
    first = ticket.events.first()
    TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket,
            kind="tags",
            door="admin",
            data={"row": row},
            created_at=first.created_at + timedelta(minutes=row // 3),
        )
        for row in range(rows)
    )


def test_a_long_history_is_read_to_its_end_page_by_page(api, agent, ticket, path):
    lengthen(ticket, 250)
    program, url, read = api(agent), path, []
    while url:
        page = program.get(url).json()
        assert len(page["results"]) <= 50
        read += page["results"]
        url = page["next"]
    kept = ticket.events.order_by("-created_at", "-pk").values_list("pk", flat=True)
    assert [row["id"] for row in read] == list(kept)
    assert read[-1]["kind"] == "created"
    whole = program.get(f"tickets/{ticket.reference}/").json()["activity"]
    assert read[:200] == whole[::-1], "as it comes with the ticket"


def test_the_history_is_narrowed_by_what_happened(api, agent, ticket, path):
    tickets.set_priority(ticket, "high", actor=agent.user)
    tickets.add_tags(ticket, ["fire"], actor=agent.user)
    program = api(agent)
    [row] = program.get(path, {"kind": "priority"}).json()["results"]
    assert (row["kind"], row["actor"]) == ("priority", str(agent))
    both = program.get(f"{path}?kind=priority&kind=created&fields=kind").json()["results"]
    assert both == [{"kind": "priority"}, {"kind": "created"}]
    wrong = program.get(f"{path}?kind=priority&kind=nothing")
    assert (wrong.status_code, list(wrong.json())) == (400, ["kind"])
    assert program.get(path, {"cursor": "nonsense"}).status_code == 404


def test_the_history_is_the_desks_alone(api, agent, ann, manager, sales, ticket, path, strangers):
    reader = make_reader(departments=(sales,)).user
    told = [api(user).get(path).json()["results"] for user in (agent, reader, manager)]
    assert told[0] and told[0] == told[1] == told[2]
    assert api().get(path).status_code == 401
    assert api(ann).get(path).status_code == 403
    assert api(strangers["another customer"]).get(path).status_code == 403
    assert api(strangers["an agent of another department"]).get(path).status_code == 404
    assert api(agent, scopes=["write"]).get(path).status_code == 403


def test_many_entries_take_as_many_queries_as_one(api, agent, ticket, path):
    program = api(agent)
    program.get(path)
    with CaptureQueriesContext(connection) as few:
        program.get(path)
    lengthen(ticket, 100)
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path, {"page_size": 90}).json()["results"]) == 90
    assert len(many) == len(few)
