"""Many tickets become one, as those chosen in the inbox do."""

import pytest

from tests.factories import make_department, make_reader, make_ticket
from wagtail_escalated.models import Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.fixture
def others(sales, ann):
    return [make_ticket(requester=ann, department=sales) for _number in range(3)]


def path_of(ticket):
    return f"tickets/{ticket.reference}/merge-others/"


def references(rows):
    return [row.reference for row in rows]


def test_many_are_merged_into_one_and_one_undo_takes_all_of_them_out(api, agent, ticket, others):
    program = api(agent)
    sent = {"tickets": [*references(others), others[0].reference.lower(), ticket.reference]}
    answer = program.post(path_of(ticket), sent)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["merged"], told["failed"]) == (references(others), [])
    assert set(Ticket.objects.filter(merged_into=ticket)) == set(others)
    path = f"tickets/{ticket.reference}/undo/"
    assert program.post(path, {"token": told["undo"]}).status_code == 200
    assert set(Ticket.objects.values_list("merged_into", "status")) == {(None, "open")}


def test_what_cannot_be_merged_is_named_and_the_rest_is_merged(api, agent, sales, ticket, others):
    stranger = make_ticket(department=sales)
    sent = {"tickets": references([others[0], stranger])}
    told = api(agent).post(path_of(ticket), sent).json()
    assert told["merged"] == [others[0].reference]
    [failed] = told["failed"]
    assert (failed["ticket"], bool(failed["reason"])) == (stranger.reference, True)
    meant = {"tickets": [stranger.reference], "different_requesters": True}
    assert api(agent).post(path_of(ticket), meant).json()["merged"] == [stranger.reference]
    again = api(agent).post(path_of(ticket), meant).json()
    assert (again["merged"], again["undo"], len(again["failed"])) == ([], "", 1)


def test_a_ticket_that_the_caller_does_not_see_is_an_error_and_nothing_is_merged(
    api, agent, ticket, others
):
    hidden = make_ticket(department=make_department())
    for wrong in (
        [others[0].reference, hidden.reference],
        [others[0].reference, "ESC-0000-000000"],
        [others[0].reference] * 51,
        [],
        "x",
    ):
        answer = api(agent).post(path_of(ticket), {"tickets": wrong})
        assert (answer.status_code, list(answer.json())) == (400, ["tickets"]), wrong
    assert not Ticket.objects.exclude(merged_into=None).exists()


def test_only_those_who_work_on_the_ticket_merge_into_it(
    api, agent, ann, manager, sales, ticket, others, strangers
):
    reader = make_reader(departments=(sales,)).user
    sent = {"tickets": [others[0].reference]}
    refused = {"nobody": (None, 401), "its customer": (ann, 403), "a reader": (reader, 403)}
    refused |= {who: (user, 404) for who, user in strangers.items()}
    for who, (user, code) in refused.items():
        assert api(user).post(path_of(ticket), sent).status_code == code, who
    assert api(agent, scopes=["read"]).post(path_of(ticket), sent).status_code == 403
    assert not Ticket.objects.exclude(merged_into=None).exists()
    assert api(manager).post(path_of(ticket), sent).json()["merged"] == [others[0].reference]


def test_the_same_key_merges_once(api, agent, ticket, others):
    program, sent = api(agent), {"tickets": references(others)}
    first, again = (
        program.post(path_of(ticket), sent, headers={"Idempotency-Key": "once"}).json()
        for _time in range(2)
    )
    assert first == again
    assert len(first["merged"]) == 3
