"""What a button takes back in the desk's pages, a token takes back here."""

import pytest

from wagtail_escalated.models import OutboundEmail

pytestmark = pytest.mark.django_db


def path(ticket, what):
    return f"tickets/{ticket.reference}/{what}"


@pytest.mark.parametrize(
    ("what", "sent", "name"),
    [
        ("priority/", {"priority": "urgent"}, "priority"),
        ("status/", {"status": "resolved"}, "status"),
        ("tags/", {"add": ["fire"]}, "tags"),
        ("snooze/", {"until": "2090-01-01T09:00:00Z"}, "snoozed_until"),
        ("", {"priority": "high", "type": "incident"}, "priority"),
    ],
)
def test_a_change_is_taken_back_by_its_token(api, agent, ticket, what, sent, name):
    program = api(agent)
    before = program.get(path(ticket, "")).json()
    send = program.post if what else program.patch
    changed = send(path(ticket, what) + "?undo=true", sent).json()
    assert changed[name] != before[name]
    restored = program.post(path(ticket, "undo/"), {"token": changed["undo"]})
    assert restored.status_code == 200
    assert restored.json()[name] == before[name]
    assert program.post(path(ticket, "undo/"), {"token": changed["undo"]}).status_code == 409


def test_an_answer_is_taken_back_before_it_leaves(api, agent, ticket):
    program = api(agent)
    sent = program.post(path(ticket, "replies/") + "?undo=true", {"body": "Wrong one."})
    assert sent.status_code == 201
    program.post(path(ticket, "undo/"), {"token": sent.json()["undo"]})
    assert program.get(path(ticket, "")).json()["replies"] == []
    waiting = OutboundEmail.objects.filter(kind="reply", state=OutboundEmail.State.QUEUED)
    assert not waiting.exists()


def test_nothing_is_taken_back_that_was_built_upon(api, agent, ticket):
    program = api(agent)
    undo = program.post(path(ticket, "priority/") + "?undo=true", {"priority": "urgent"}).json()
    program.post(path(ticket, "tags/"), {"add": ["fire"]})
    answer = program.post(path(ticket, "undo/"), {"token": undo["undo"]})
    assert answer.status_code == 409
    assert program.get(path(ticket, "")).json()["priority"] == "urgent"


def test_a_token_is_of_use_to_nobody_else(api, agent, manager, ticket):
    undo = api(agent).post(path(ticket, "priority/") + "?undo=true", {"priority": "urgent"}).json()
    stolen = api(manager).post(path(ticket, "undo/"), {"token": undo["undo"]})
    assert stolen.status_code == 409
    assert api(agent).post(path(ticket, "undo/"), {"token": undo["undo"]}).status_code == 200


def test_a_token_is_made_for_those_alone_who_ask(api, agent, ann, ticket):
    program = api(agent)
    assert "undo" not in program.post(path(ticket, "priority/"), {"priority": "urgent"}).json()
    assert "undo" not in program.post(path(ticket, "replies/"), {"body": "Here."}).json()
    subject = program.patch(path(ticket, "") + "?undo=true", {"subject": "Another"}).json()
    assert subject["undo"] == ""
    wrong = program.post(path(ticket, "priority/") + "?undo=perhaps", {"priority": "low"})
    assert wrong.status_code == 400 and "undo" in wrong.json()
    customer = api(ann)
    closed = customer.post(path(ticket, "status/") + "?undo=true", {"status": "closed"}).json()
    assert closed["undo"] == ""


def test_the_same_request_again_has_the_same_token(api, agent, ticket):
    program, key = api(agent), {"Idempotency-Key": "once"}
    address = path(ticket, "priority/") + "?undo=true"
    first = program.post(address, {"priority": "urgent"}, headers=key).json()
    again = program.post(address, {"priority": "urgent"}, headers=key).json()
    assert again["undo"] == first["undo"] != ""
