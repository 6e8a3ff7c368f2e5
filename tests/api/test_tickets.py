"""Tickets through the API: the same actions, rights and words as everywhere."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.models import Site

from tests.factories import make_agent, make_department, make_reader, make_ticket
from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.models import ApiToken, EventKind, Ticket, display_name

pytestmark = [pytest.mark.django_db, pytest.mark.services]

KEYS = [
    "reference",
    "subject",
    "description",
    "status",
    "priority",
    "type",
    "channel",
    "department",
    "requester",
    "assignee",
    "tags",
    "snoozed_until",
    "created_at",
    "updated_at",
    "version",
    "sla",
]


def test_a_ticket_has_the_keys_of_the_contract(api, agent, ann, ticket, sales):
    row = api(agent).get("tickets/").json()["results"][0]
    assert list(row) == [*KEYS, "custom_fields"], "the contract's, then what a manager defined"
    assert row["requester"] == {"name": display_name(ann), "email": "ann@example.com"}
    assert (row["status"], row["priority"], row["type"]) == ("open", "medium", "question")
    assert (row["department"], row["assignee"], row["tags"]) == (sales.pk, None, [])


def test_a_customer_creates_a_ticket_of_their_own_and_nothing_else(api, ann, manager):
    sent = {
        "subject": "No hot water",
        "description": "Since Monday.",
        "status": "closed",
        "priority": "critical",
        "assignee": 1,
        "requester": {"email": "victim@example.org"},
        "created_at": "2001-01-01T00:00:00Z",
        "reference": "ESC-0101-000000",
        "tags": ["vip"],
        "author": "boss",
    }
    answer = api(ann).post("tickets/", sent)
    assert answer.status_code == 201
    ticket = Ticket.objects.get(reference=answer.json()["reference"])
    assert (ticket.status, ticket.priority_name, ticket.channel) == ("open", "medium", "api")
    assert ticket.requester == ann.escalated_contact and not ticket.tags.exists()
    event = ticket.events.get(kind=EventKind.CREATED)
    assert (event.door, event.actor_user) == ("api", ann)
    assert ticket.site == Site.objects.get(is_default_site=True)


def test_an_agent_creates_one_for_somebody_with_all_that_belongs_to_it(api, agent, sales):
    sent = {
        "subject": "Call back",
        "description": "They rang.",
        "requester": {"email": "Eve@Example.org", "name": "Eve"},
        "priority": "high",
        "type": "task",
        "tags": ["phone"],
        "department": sales.pk,
    }
    data = api(agent).post("tickets/", sent).json()
    assert data["requester"] == {"name": "Eve", "email": "eve@example.org"}
    assert (data["priority"], data["type"], data["tags"]) == ("high", "task", ["phone"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"subject": " ", "description": "x"}, "subject"),
        ({"subject": "x", "description": ""}, "description"),
        ({"subject": "x" * 251, "description": "x"}, "subject"),
        ({"subject": "x\x00", "description": "x"}, "subject"),
        ({"subject": "x", "description": "\ud800"}, "description"),
        ({"subject": "x", "description": "x", "department": 10**30}, "department"),
        ({"subject": "x", "description": "x", "attachments": ["y"]}, "attachments"),
        ({"subject": ["x"], "description": "x"}, "subject"),
    ],
)
def test_a_wrong_value_names_its_field_and_stores_nothing(api, ann, sent, field):
    answer = api(ann).post("tickets/", sent)
    assert answer.status_code == 400
    assert field in answer.json()
    assert not Ticket.objects.exists()


def test_without_credentials_everything_is_401(api, ticket):
    nobody = api()
    for answer in (
        nobody.get("tickets/"),
        nobody.post("tickets/", {}),
        nobody.get(f"tickets/{ticket.reference}/"),
        nobody.post(f"tickets/{ticket.reference}/replies/", {"body": "x"}),
    ):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_strangers_ticket_is_not_there(api, ticket, strangers):
    for who, user in strangers.items():
        program = api(user)
        assert program.get("tickets/").json()["results"] == [], who
        for answer in (
            program.get(f"tickets/{ticket.reference}/"),
            program.patch(f"tickets/{ticket.reference}/", {"subject": "x"}),
            program.post(f"tickets/{ticket.reference}/replies/", {"body": "x"}),
            program.post(f"tickets/{ticket.reference}/notes/", {"body": "x"}),
            program.post(f"tickets/{ticket.reference}/status/", {"status": "closed"}),
            program.get("tickets/ESC-0000-000000/"),
        ):
            assert answer.status_code == 404, who


def test_a_right_that_is_missing_on_a_visible_ticket_is_403(api, ann, sales, ticket):
    reader = make_reader(departments=(sales,))
    for user in (ann, reader):
        program = api(user)
        for path, sent in (
            ("notes/", {"body": "x"}),
            ("assign/", {"agent": None}),
            ("priority/", {"priority": "low"}),
            ("tags/", {"add": ["x"]}),
            ("snooze/", {"until": "2099-01-01T00:00:00Z"}),
            ("split/", {"reply": 1}),
            ("merge/", {"into": "x"}),
            ("status/", {"status": "resolved"}),
        ):
            answer = program.post(f"tickets/{ticket.reference}/{path}", sent)
            assert answer.status_code == 403, path
        assert program.patch(f"tickets/{ticket.reference}/", {"subject": "x"}).status_code == 403
        assert program.delete(f"tickets/{ticket.reference}/").status_code == 403
    assert (
        api(reader).post(f"tickets/{ticket.reference}/replies/", {"body": "x"}).status_code == 403
    )


def test_a_customer_sees_nothing_of_what_happens_inside(api, ann, agent, ticket):
    tickets.add_tags(ticket, ["difficult"], actor=agent.user)
    tickets.set_status(ticket, "escalated", actor=agent.user)
    messages.add_note(ticket, body="Careful with this one.", actor=agent.user)
    messages.reply(ticket, body="We look into it.", actor=agent.user)
    answer = api(ann).get(f"tickets/{ticket.reference}/")
    data = answer.json()
    for word in ("difficult", "escalated", "Careful", "noted", "tags_"):
        assert word not in answer.text
    assert data["status"] == "in_progress"
    assert (data["notes"], data["tags"], data["assignee"], data["sla"]) == ([], [], None, None)
    assert data["replies"] == [], "it can still be taken back"
    messages.release_due(timezone.now() + timedelta(minutes=1))
    data = api(ann).get(f"tickets/{ticket.reference}/").json()
    assert [reply["body"] for reply in data["replies"]] == ["We look into it."]
    assert data["replies"][0]["author"] == {"name": display_name(agent.user), "kind": "agent"}


def test_an_agent_sees_replies_notes_and_activity(api, agent, ann, ticket):
    messages.reply(ticket, body="More smoke.", actor=ann)
    messages.add_note(ticket, body="Call the fire brigade.", actor=agent.user)
    data = api(agent).get(f"tickets/{ticket.reference.lower()}/").json()
    assert [reply["body"] for reply in data["replies"]] == ["More smoke."]
    assert [note["body"] for note in data["notes"]] == ["Call the fire brigade."]
    assert {row["kind"] for row in data["activity"]} >= {"created", "replied", "noted"}


def test_reply_and_note_answer_201_and_the_author_is_who_calls(api, agent, ticket, ann):
    answer = api(agent).post(
        f"tickets/{ticket.reference}/replies/",
        {"body": "Hello.", "author": "ann", "by_agent": False},
    )
    assert answer.status_code == 201
    assert answer.json()["author"] == {"name": display_name(agent.user), "kind": "agent"}
    answer = api(ann).post(f"tickets/{ticket.reference}/replies/", {"body": "Thanks."})
    assert answer.json()["author"] == {"name": display_name(ann), "kind": "customer"}
    answer = api(agent).post(f"tickets/{ticket.reference}/notes/", {"body": "Done."})
    assert (answer.status_code, ticket.notes.get().author_user) == (201, agent.user)


def test_each_action_answers_200_with_the_ticket(api, agent, ticket, sales, ann):
    program, path = api(agent), f"tickets/{ticket.reference}"
    second = make_agent("second", departments=(sales,))
    tomorrow = timezone.now() + timedelta(days=1)
    for address, sent, expected in (
        ("assign/", {"agent": second.pk}, {"assignee": second.pk, "status": "in_progress"}),
        ("assign/", {"agent": None}, {"assignee": None}),
        ("priority/", {"priority": "urgent"}, {"priority": "urgent"}),
        ("tags/", {"add": ["a", "b"]}, {"tags": ["a", "b"]}),
        ("tags/", {"add": ["c"], "remove": ["a"]}, {"tags": ["b", "c"]}),
        ("unsnooze/", {}, {"snoozed_until": None}),
        ("status/", {"status": "resolved", "note": "Fixed."}, {"status": "resolved"}),
    ):
        answer = program.post(f"{path}/{address}", sent)
        assert answer.status_code == 200, answer.text
        assert {name: answer.json()[name] for name in expected} == expected
    assert ticket.notes.get().body == "Fixed."
    answer = program.post(f"{path}/snooze/", {"until": tomorrow.isoformat()})
    assert (answer.status_code, list(answer.json())) == (400, ["until"])


def test_a_transition_outside_the_table_is_409_and_names_both(api, agent, ticket):
    answer = api(agent).post(f"tickets/{ticket.reference}/status/", {"status": "reopened"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "transition_not_allowed"
    assert "Open" in answer.json()["detail"] and "Reopened" in answer.json()["detail"]
    ticket.refresh_from_db()
    assert ticket.status == "open"


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("status/", {"status": "nonsense"}, "status"),
        ("priority/", {"priority": 7}, "priority"),
        ("assign/", {"agent": 999999}, "agent"),
        ("assign/", {}, "agent"),
        ("snooze/", {"until": "yesterday"}, "until"),
        ("snooze/", {"until": "2099-01-01T00:00:00"}, "until"),
        ("snooze/", {"until": "2001-01-01T00:00:00Z"}, "until"),
        ("split/", {"reply": 999999}, "reply"),
        ("merge/", {"into": "ESC-0000-000000"}, "into"),
        ("replies/", {"body": "  "}, "body"),
        ("tags/", {"add": ["x" * 61]}, "add"),
    ],
)
def test_a_wrong_value_of_an_action_is_400_with_the_field(api, agent, ticket, path, sent, field):
    answer = api(agent).post(f"tickets/{ticket.reference}/{path}", sent)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_an_agent_of_another_department_cannot_be_assigned(api, agent, ticket):
    other = make_agent(departments=(make_department(),))
    answer = api(agent).post(f"tickets/{ticket.reference}/assign/", {"agent": other.pk})
    assert (answer.status_code, list(answer.json())) == (400, ["agent"])


def test_split_and_merge_answer_with_the_other_ticket(api, agent, ann, ticket):
    reply = messages.reply(ticket, body="By the way, the tap drips.", actor=ann)
    answer = api(agent).post(
        f"tickets/{ticket.reference}/split/", {"reply": reply.pk, "subject": "Tap"}
    )
    assert (answer.status_code, answer.json()["subject"]) == (200, "Tap")
    new = answer.json()["reference"]
    answer = api(agent).post(f"tickets/{new}/merge/", {"into": ticket.reference})
    assert (answer.status_code, answer.json()["reference"]) == (200, ticket.reference)
    again = api(agent).post(f"tickets/{new}/merge/", {"into": ticket.reference})
    assert (again.status_code, again.json()["code"]) == (409, "merge_not_allowed")


def test_a_customer_closes_reopens_and_rates_their_own(api, ann, agent, ticket):
    path = f"tickets/{ticket.reference}"
    assert api(ann).post(f"{path}/status/", {"status": "closed"}).json()["status"] == "closed"
    assert api(ann).post(f"{path}/rating/", {"score": 5}).status_code == 200
    assert api(agent).post(f"{path}/rating/", {"score": 1}).status_code == 403
    assert api(ann).post(f"{path}/status/", {"status": "reopened"}).json()["status"] == "reopened"


def test_a_change_crossing_another_is_412(api, agent, ticket, ann):
    program, path = api(agent), f"tickets/{ticket.reference}/"
    tag = program.get(path)["ETag"]
    assert program.get(path, headers={"If-None-Match": tag}).status_code == 304
    changed = program.patch(path, {"priority": "high"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag
    stale = program.patch(path, {"priority": "low"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    late = program.post(f"{path}status/", {"status": "closed"}, headers={"If-Match": tag})
    assert late.status_code == 412
    ticket.refresh_from_db()
    assert (ticket.priority_name, ticket.status) == ("high", "open")


def test_a_customers_etag_does_not_tell_of_notes(api, agent, ann, ticket):
    tag = api(ann).get(f"tickets/{ticket.reference}/")["ETag"]
    messages.add_note(ticket, body="x", actor=agent.user)
    assert api(ann).get(f"tickets/{ticket.reference}/")["ETag"] == tag


def test_patch_changes_what_is_named_and_records_each(api, agent, sales, ticket):
    sent = {"subject": "Fire", "priority": "critical", "tags": ["fire"], "assignee": agent.pk}
    data = api(agent).patch(f"tickets/{ticket.reference}/", sent).json()
    assert (data["subject"], data["priority"], data["tags"]) == ("Fire", "critical", ["fire"])
    kinds = set(ticket.events.values_list("kind", flat=True))
    assert kinds >= {"subject", "priority", "tags", "assigned"}
    assert set(ticket.events.exclude(kind="created").values_list("door", flat=True)) == {"api"}


def test_patch_is_all_or_nothing(api, agent, ticket):
    sent = {"priority": "critical", "status": "reopened"}
    assert api(agent).patch(f"tickets/{ticket.reference}/", sent).status_code == 409
    ticket.refresh_from_db()
    assert ticket.priority_name == "medium"


def test_sent_twice_with_a_key_it_is_done_once(api, ann):
    sent = {"subject": "Once", "description": "Only once."}
    program, headers = api(ann), {"Idempotency-Key": "k1"}
    first = program.post("tickets/", sent, headers=headers)
    again = program.post("tickets/", sent, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Ticket.objects.count() == 1
    other = program.post("tickets/", sent | {"subject": "Twice"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_what_failed_may_be_tried_again_with_its_key(api, ann):
    program, headers = api(ann), {"Idempotency-Key": "k1"}
    assert program.post("tickets/", {"subject": "x"}, headers=headers).status_code == 400
    whole = {"subject": "x", "description": "y"}
    assert program.post("tickets/", whole, headers=headers).status_code == 201


def test_a_guest_has_one_ticket_and_may_answer_there(api, client, ticket, ann):
    other = make_ticket(requester=ticket.requester)
    program = api()
    program.headers["X-Guest-Token"] = guests.create_link(ticket, by_mail=True)
    assert [row["reference"] for row in program.get("tickets/").json()["results"]] == [
        ticket.reference
    ]
    assert program.get(f"tickets/{other.reference}/").status_code == 404
    answer = program.post(f"tickets/{ticket.reference}/replies/", {"body": "From my phone."})
    assert answer.status_code == 201
    assert program.post(f"tickets/{ticket.reference}/notes/", {"body": "x"}).status_code == 403
    assert program.post("tickets/", {"subject": "x", "description": "y"}).status_code == 403
    program.headers["X-Guest-Token"] = "wrong"
    assert program.get("tickets/").status_code == 401


def test_only_managers_delete(api, agent, manager, ticket):
    assert api(agent).delete(f"tickets/{ticket.reference}/").status_code == 403
    assert api(manager).delete(f"tickets/{ticket.reference}/").status_code == 204
    assert api(manager).get(f"tickets/{ticket.reference}/").status_code == 404


def test_switched_off_nothing_answers(api, ann, settings):
    settings.WAGTAIL_ESCALATED = {"API_ENABLED": False}
    for path in ("tickets/", "schema/"):
        assert api(ann).get(path).status_code == 404


def test_no_mail_goes_to_who_wrote(api, ann, ticket):
    mail.outbox.clear()
    api(ann).post(f"tickets/{ticket.reference}/replies/", {"body": "x"})
    assert not [m for m in mail.outbox if "ann@example.com" in m.to]


def test_the_last_use_of_a_token_is_kept(api, ann):
    api(ann).get("tickets/")
    assert ApiToken.objects.get().last_used_at is not None
