"""What agents, managers and customers do beside the tickets' own text: people, rules, webhooks, held mail, bells."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from tests.factories import make_agent, make_contact, make_customer, make_department, make_ticket
from wagtail_escalated import storage
from wagtail_escalated.actions import guests, tickets
from wagtail_escalated.models import (
    AgentProfile,
    BlockedSender,
    CopiedContact,
    InboundEmail,
    MailOptOut,
    Notification,
    Organisation,
    Ticket,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from wagtail_escalated.reactions import webhooks_secrets

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_a_ticket_tells_the_desk_who_is_around_it_and_a_customer_nothing(
    api, agent, manager, ticket, ann
):
    other, hidden = make_ticket(department=ticket.department), make_ticket(department=None)
    copied = make_contact("copied@example.com")
    CopiedContact.objects.create(ticket=ticket, contact=copied)
    program = api(agent)
    path = f"tickets/{ticket.reference}/"
    program.post(f"{path}follow/", {})
    program.post(f"{path}link/", {"other": other.reference, "kind": "related"})
    tickets.link(hidden, ticket, "duplicate_of", actor=manager)
    tickets.set_department(hidden, _elsewhere(), actor=manager)
    seen = program.get(f"{path}around/").json()
    assert [row["email"] for row in seen["copied"]] == ["copied@example.com"]
    assert [row["agent"] for row in seen["followers"]] == [agent.pk]
    assert [(row["ticket"], row["kind"], row["direction"]) for row in seen["links"]] == [
        (other.reference, "related", "out")
    ]
    assert len(api(manager).get(f"{path}around/").json()["links"]) == 2
    theirs = api(ann).get(f"{path}around/").json()
    assert (theirs["copied"], theirs["followers"], theirs["links"]) == ([], [], [])
    assert program.post(f"{path}uncopy/", {"contact": copied.pk}).status_code == 200
    assert program.get(f"{path}around/").json()["copied"] == []
    assert list(program.post(f"{path}uncopy/", {"contact": copied.pk}).json()) == ["contact"]


def _elsewhere():
    return make_department("Elsewhere")


def test_an_agent_lets_a_colleague_follow_and_be_mentioned(api, agent, sales, ticket):
    colleague = make_agent("colleague", departments=(sales,))
    program, path = api(agent), f"tickets/{ticket.reference}/"
    program.post(f"{path}follow/", {"agent": colleague.pk})
    followers = program.get(f"{path}around/").json()["followers"]
    assert [row["agent"] for row in followers] == [colleague.pk]
    program.post(f"{path}unfollow/", {"agent": colleague.pk})
    assert program.get(f"{path}around/").json()["followers"] == []
    Notification.objects.all().delete()
    program.post(f"{path}notes/", {"body": "Look.", "mentions": [colleague.pk]})
    bell = api(colleague).get("notifications/", {"unread": "true"}).json()["results"]
    assert [(row["kind"], row["ticket"]) for row in bell] == [("mention", ticket.reference)]
    assert api(agent).get("notifications/").json()["results"] == []
    assert api(agent).post("notifications/read/", {"ids": [bell[0]["id"]]}).json() == {"read": 0}
    assert api(colleague).post("notifications/read/").json() == {"read": 1}
    assert api(colleague).get("notifications/", {"unread": "1"}).json()["results"] == []
    assert len(api(colleague).get("notifications/").json()["results"]) == 1


def test_what_rings_is_chosen_one_by_one(api, agent, sales, ticket):
    colleague = make_agent("colleague", departments=(sales,))
    choice = {"kind": "mention", "channel": "bell", "wanted": False}
    answer = api(colleague).patch("notifications/preferences/", {"choices": [choice]})
    off = [row for row in answer.json()["choices"] if not row["wanted"]]
    assert choice in off
    assert api(colleague).get("notifications/preferences/").json() == answer.json()
    body = {"body": "Look.", "mentions": [colleague.pk]}
    api(agent).post(f"tickets/{ticket.reference}/notes/", body)
    assert not Notification.objects.filter(user=colleague.user, in_bell=True, kind="mention")


def test_a_ticket_is_given_to_whom_the_rules_would_give_it(api, agent, ticket):
    path = f"tickets/{ticket.reference}/auto-assign/"
    answer = api(agent).post(f"{path}?undo=true").json()
    assert answer["assignee"] == agent.pk
    undo = {"token": answer["undo"]}
    assert api(agent).post(f"tickets/{ticket.reference}/undo/", undo).json()["assignee"] is None
    AgentProfile.objects.update(away=True)
    assert api(agent).post(path).json()["assignee"] is None


def test_an_answer_may_put_the_ticket_aside(api, agent, ann, ticket):
    until = (timezone.now() + timedelta(days=1)).isoformat()
    sent = {"body": "Tomorrow.", "snooze_until": until}
    path = f"tickets/{ticket.reference}/"
    assert api(agent).post(f"{path}replies/", sent).status_code == 201
    assert api(agent).get(path).json()["snoozed_until"]
    tickets.unsnooze(ticket, actor=agent.user)
    assert api(ann).post(f"{path}replies/", sent).status_code == 201
    ticket.refresh_from_db()
    assert ticket.snoozed_until is None, "what only agents may is ignored"


def test_a_colleague_of_the_requester_follows_by_mail(api, ann, ticket):
    organisation = Organisation.objects.create(name="Acme", shares_tickets=True)
    bob = make_customer("bob")
    for user in (ann, bob):
        user.escalated_contact.organisation = organisation
        user.escalated_contact.save()
    path = f"tickets/{ticket.reference}/"
    assert api(bob).post(f"{path}follow/").status_code == 200
    assert CopiedContact.objects.get(ticket=ticket).contact == bob.escalated_contact
    assert api(bob).post(f"{path}unfollow/").status_code == 200
    assert not CopiedContact.objects.exists()


def test_a_customer_chooses_their_mails_by_login_and_a_guest_by_their_link(api, ann, ticket):
    program = api(ann)
    assert program.get("mail-choices/").json()["mails"] == ["confirmation", "resolved", "survey"]
    assert program.patch("mail-choices/", {"mails": ["survey"]}).json() == {"mails": ["survey"]}
    assert MailOptOut.objects.filter(contact=ann.escalated_contact).count() == 2
    guest = {"X-Guest-Token": guests.create_link(ticket, by_mail=True)}
    assert api().get("mail-choices/", headers=guest).json() == {"mails": ["survey"]}
    wrong = program.patch("mail-choices/", {"mails": ["reply"]})
    assert (wrong.status_code, list(wrong.json())) == (400, ["mails"])


def test_a_guest_asks_for_new_links_and_nobody_learns_who_is_known(api, ticket, settings):
    django_mail.outbox.clear()
    known = api().post("guest-links/", {"email": ticket.requester.address})
    unknown = api().post("guest-links/", {"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.status_code == 202
    assert [m.to for m in django_mail.outbox] == [[ticket.requester.address]]
    statuses = [
        api().post("guest-links/", {"email": "a@example.com"}).status_code for _ in range(9)
    ]
    assert statuses == [202] * 8 + [429]
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | {
        "CAPTCHA_CHECK": lambda request: False
    }
    refused = api().post("guest-links/", {"email": "a@example.com"})
    assert (refused.status_code, list(refused.json())) == (400, ["email"])


def test_a_rule_made_by_the_api_works_and_its_runs_are_told(api, agent, manager, sales):
    program = api(manager)
    rule = {
        "name": "Urgent incidents",
        "events": ["created"],
        "conditions": {"conditions": [{"field": "type", "operator": "is", "value": ["incident"]}]},
        "actions": {"actions": [{"action": "priority", "value": "urgent"}]},
    }
    made = program.post("workflows/", rule)
    assert made.status_code == 201, made.text
    assert made.json()["broken"] == []
    ticket = make_ticket(department=sales, type="incident")
    ticket.refresh_from_db()
    assert ticket.priority_name == "urgent"
    (run,) = program.get(f"workflows/{made.json()['id']}/runs/").json()["results"]
    assert run["how"] == "event"
    assert [(row["ticket"], row["result"]) for row in run["outcomes"]] == [
        (ticket.reference, "done")
    ]


def test_an_automation_runs_when_it_is_told_to_and_a_broken_one_says_why(api, manager, ticket):
    program = api(manager)
    rule = {"name": "Low", "actions": {"actions": [{"action": "priority", "value": "low"}]}}
    key = program.post("automations/", rule).json()["id"]
    assert program.post(f"automations/{key}/run/").status_code == 202
    ticket.refresh_from_db()
    assert ticket.priority_name == "low"
    assert program.get(f"automations/{key}/runs/").json()["results"][0]["how"] == "by_hand"
    program.patch(f"automations/{key}/", {"conditions": _of_tag(program)})
    program.delete(f"tags/{program.get('tags/').json()['results'][0]['id']}/")
    assert program.get(f"automations/{key}/").json()["broken"]
    refused = program.post(f"automations/{key}/run/")
    assert (refused.status_code, refused.json()["code"]) == (409, "broken")


def _of_tag(program):
    tag = program.post("tags/", {"name": "vip"}).json()["id"]
    return {"conditions": [{"field": "tags", "operator": "any", "value": [str(tag)]}]}


def test_a_webhook_tells_its_secret_once_and_keeps_a_log(api, manager):
    program = api(manager)
    sent = {"name": "Billing", "url": "https://billing.invalid/", "events": ["created"]}
    made = program.post("webhooks/", sent).json()
    assert made["secret"].startswith("whsec_")
    row = WebhookEndpoint.objects.get()
    assert webhooks_secrets.secrets_of(row, now=timezone.now()) == [made["secret"]]
    path = f"webhooks/{made['id']}/"
    assert "secret" not in program.get(path).json()
    fresh = program.post(f"{path}secret/").json()["secret"]
    row.refresh_from_db()
    assert webhooks_secrets.secrets_of(row, now=timezone.now()) == [fresh, made["secret"]]
    tested = program.post(f"{path}test/")
    assert tested.status_code == 202
    (delivery,) = program.get(f"{path}deliveries/").json()["results"]
    assert (delivery["event"], delivery["ticket"], delivery["state"]) == ("", None, "pending")
    assert WebhookAttempt.objects.get().error in delivery["attempts"][0]["error"]
    WebhookDelivery.objects.update(state="failed", attempts=9, next_attempt_at=None)
    again = program.post(f"{path}deliveries/{delivery['id']}/again/")
    assert (again.status_code, len(again.json()["attempts"])) == (202, 2)
    other = program.post("webhooks/", sent).json()["id"]
    assert program.post(f"webhooks/{other}/deliveries/{delivery['id']}/again/").status_code == 404


def test_a_webhook_that_is_switched_on_again_begins_anew(api, manager):
    now = timezone.now()
    row = WebhookEndpoint.objects.create(
        name="x", url="https://x.example", active=False, switched_off_at=now, failing_since=now
    )
    answer = api(manager).patch(f"webhooks/{row.pk}/", {"active": True}).json()
    assert (answer["switched_off_at"], answer["failing_since"]) == (None, None)


@pytest.fixture
def letter(db):
    raw = (
        b"From: Ada <ada@example.com>\r\nSubject: The lamp\r\nMessage-ID: <1@x>\r\n\r\nIt is dark."
    )
    return InboundEmail.objects.create(
        provider="raw",
        state=InboundEmail.State.HELD,
        reason="spam",
        sender="ada@example.com",
        subject="The lamp",
        received_at=timezone.now(),
        delivery_key="x",
        raw_key=storage.put(raw),
    )


def test_a_held_letter_is_read_and_becomes_a_ticket(api, agent, letter):
    program = api(agent)
    (row,) = program.get("held-mail/").json()["results"]
    assert (row["subject"], row["reason"], bool(row["why"])) == ("The lamp", "spam", True)
    original = program.get(f"held-mail/{row['id']}/original/")
    assert b"It is dark." in b"".join(original.streaming_content)
    assert "attachment" in original["Content-Disposition"]
    answer = program.post(f"held-mail/{row['id']}/accept/").json()
    assert Ticket.objects.get(reference=answer["ticket"]).subject == "The lamp"
    assert program.get("held-mail/").json()["results"] == []
    assert program.post(f"held-mail/{row['id']}/accept/").status_code == 404


def test_a_held_letter_is_put_onto_a_ticket_or_its_sender_blocked(api, agent, letter, ticket):
    program, path = api(agent), f"held-mail/{letter.pk}/"
    hidden = make_ticket(department=_elsewhere())
    wrong = program.post(f"{path}put/", {"into": hidden.reference})
    assert (wrong.status_code, list(wrong.json())) == (400, ["into"])
    assert program.post(f"{path}put/", {"into": ticket.reference}).json() == {
        "ticket": ticket.reference
    }
    InboundEmail.objects.update(state=InboundEmail.State.HELD)
    assert program.post(f"{path}block/").json() == {"ticket": None}
    assert BlockedSender.objects.get().pattern == "ada@example.com"


def test_two_tags_become_one_and_a_tag_does_not_become_itself(api, manager, ticket):
    program = api(manager)
    old, new = (program.post("tags/", {"name": name}).json()["id"] for name in ("fire", "heat"))
    tickets.add_tags(ticket, ["fire"], actor=manager)
    assert program.post(f"tags/{old}/merge/", {"into": new}).json()["name"] == "heat"
    assert [tag.name for tag in ticket.tags.all()] == ["heat"]
    assert list(program.post(f"tags/{new}/merge/", {"into": new}).json()) == ["into"]


def test_lists_are_searched_by_a_word(api, agent, manager):
    for name in ("fire", "heat"):
        api(manager).post("tags/", {"name": name})
    names = [row["name"] for row in api(agent).get("tags/", {"q": "HEA"}).json()["results"]]
    assert names == ["heat"]
    assert api(agent).get("tags/", {"q": "\x00"}).json()["results"]


def test_an_agent_reads_about_those_whose_tickets_they_see(api, agent, manager, ticket):
    make_ticket(department=_elsewhere(), requester=make_contact("far@example.com"))
    seen = [row["address"] for row in api(agent).get("contacts/").json()["results"]]
    assert seen == [ticket.requester.address]
    found = api(manager).get("contacts/", {"q": "FAR@"}).json()["results"]
    assert [row["address"] for row in found] == ["far@example.com"]
    kept = api(manager).delete(f"contacts/{found[0]['id']}/")
    assert (kept.status_code, kept.json()["code"]) == (409, "in_use")
