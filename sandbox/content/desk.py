"""The desk of Fernhill Coffee: departments, people, hours, texts, and some hundred tickets with a history."""

import random
import re
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from sandbox.content.conversations import CONVERSATIONS
from sandbox.content.people import (
    ADMIN,
    AGENTS,
    CUSTOMERS,
    DEPARTMENTS,
    EDITOR,
    GUESTS,
    MANAGER,
)
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actions.contacts import contact_for_address, contact_for_user
from wagtail_escalated.models import (
    AgentProfile,
    CannedResponse,
    CustomField,
    Department,
    DeskSettings,
    FieldChoice,
    FieldType,
    Metric,
    OutboundEmail,
    SLATarget,
    Ticket,
    TicketEvent,
)

PASSWORD = "demo"
TICKETS = 104
#: What is younger may still be unanswered.
RECENT = timedelta(days=3)
MACHINES = ("Grinder", "Espresso machine", "Steam wand", "Something else")
USUAL_ANSWER = "Thank you for telling us. We looked into it, and it is put right."
WORK_BEGINS, WORK_ENDS = 9, 17


def write_people() -> None:
    departments = {slug: _department(name, slug, text) for name, slug, text in DEPARTMENTS}
    agents, managers = (
        Group.objects.get(name="Support agents"),
        Group.objects.get(name="Support managers"),
    )
    _user(*ADMIN, is_superuser=True, is_staff=True)
    manager = _user(*MANAGER)
    manager.groups.add(managers)
    AgentProfile.objects.create(user=manager)
    _user(*EDITOR).groups.add(Group.objects.get(name="Editors"))
    for login, name, slugs in AGENTS:
        user = _user(login, name)
        user.groups.add(agents)
        profile = AgentProfile.objects.create(user=user, signature=f"{name}, Fernhill Coffee")
        for slug in slugs:
            departments[slug].agents.add(profile)
    for login, name in CUSTOMERS:
        contact_for_user(_user(login, name))


def write_texts(site) -> None:
    DeskSettings.objects.update_or_create(
        site=site,
        defaults={
            "name": "Fernhill Coffee",
            "colour": "#1f5d45",
            "sender_name": "Fernhill Coffee",
            "sender_address": "hello@fernhill.example",
            "mail_footer": "Fernhill Coffee, 3 Mill Yard, Fernhill",
            "survey_enabled": True,
        },
    )
    for title, body in (
        ("Greeting", "Hello {{ requester.first_name }},\n\nthank you for writing to us."),
        (
            "Ask for the order number",
            "Could you send us the number of your order? It begins with 2.",
        ),
        (
            "Parcel is lost",
            "We are sorry: your parcel seems to be lost. Another one leaves on Thursday.",
        ),
        (
            "Refund is on its way",
            "The refund for {{ ticket.reference }} reaches you within three working days.",
        ),
    ):
        CannedResponse.objects.create(title=title, body=body, folder="Everyday")


def write_fields() -> None:
    """What every customer may tell, what the workshop asks, and what billing must say before it resolves."""
    CustomField.objects.create(
        name="Order number",
        type=FieldType.TEXT,
        help_text="It begins with 2 and stands on the invoice.",
        filled_in_by_customers=True,
        visible_to_customers=True,
        sort_order=0,
    )
    machine = CustomField.objects.create(
        name="Machine",
        type=FieldType.CHOICE,
        filled_in_by_customers=True,
        sort_order=1,
    )
    machine.departments.add(Department.objects.get(slug="machines"))
    for position, label in enumerate(MACHINES):
        FieldChoice.objects.create(field=machine, label=label, sort_order=position)
    refunded = CustomField.objects.create(
        name="Refunded", type=FieldType.YES_NO, required_to_resolve=True, sort_order=2
    )
    refunded.departments.add(Department.objects.get(slug="billing"))


def write_tickets(now: datetime | None = None) -> None:
    """The same every time but for its dates: the newest are of today."""
    chance = random.Random(20817)  # noqa: S311
    now = now or timezone.now()
    people = [*_customers(), *(contact_for_address(_address(name), name=name) for name in GUESTS)]
    # Promises that a small workshop can keep most of the time.
    usual = SLATarget.objects.filter(policy__default_key=True)
    usual.filter(metric=Metric.FIRST_RESPONSE).update(minutes=F("minutes") + 180)
    usual.filter(metric=Metric.RESOLUTION).update(minutes=F("minutes") + 600)
    by_department = {
        department.slug: list(department.agents.select_related("user"))
        for department in Department.objects.all()
    }
    for number in range(TICKETS):
        story = CONVERSATIONS[number % len(CONVERSATIONS)]
        age = timedelta(days=28) * ((TICKETS - number) / TICKETS) ** 1.5
        opened = _working_moment(
            now - age, chance, latest=now - timedelta(minutes=9 * (TICKETS - number))
        )
        _write_ticket(story, people[(number * 7) % len(people)], by_department, opened, now, chance)
    _nothing_left_to_send(now)


def _write_ticket(story, contact, agents, opened, now, chance) -> Ticket:
    slug, type_, subject, text, answers = story
    is_recent = opened > now - RECENT
    answers = answers if answers or is_recent else [USUAL_ANSWER]
    ticket = tickets.create(
        subject=subject,
        description=text,
        requester=contact,
        actor=contact,
        type=type_,
        department=Department.objects.get(slug=slug),
        priority=chance.choices(["low", "medium", "high", "urgent"], [2, 6, 3, 1])[0],
        channel=chance.choices(["email", "web", "widget"], [5, 2, 3])[0],
        proved=chance.random() < 0.9,
        fields=_fields(slug, text),
        tags=chance.sample(
            ["parcel", "subscription", "workshop", "refund", "vip"], chance.choice([0, 0, 1, 2])
        ),
        now=opened,
    )
    agent = chance.choice(agents[slug])
    at = opened
    if answers and not (is_recent and chance.random() < 0.5):
        assignment.assign(ticket, agent, actor=agent.user, now=at + timedelta(minutes=4))
        if chance.random() < 0.06:
            at += timedelta(days=3)  # Nobody is perfect.
        for answer in answers:
            at += timedelta(minutes=chance.randint(12, 160))
            if at >= now:
                return ticket
            _say(ticket, answer, agent.user, contact, at)
        _finish(ticket, agent.user, contact, at, now, chance)
    return ticket


def _fields(slug: str, text: str) -> dict[str, str]:
    """What somebody who wrote this would fill in."""
    order = re.search(r"order (2\d{4})", text)
    values = {"order_number": order[1]} if order else {}
    if slug == "machines":
        machine = next((name for name in MACHINES if name.lower() in text.lower()), MACHINES[-1])
        values["machine"] = machine.lower().replace(" ", "_")
    return values


def _say(ticket, answer, agent, contact, at) -> None:
    if answer.startswith("!"):
        messages.add_note(ticket, body=answer[1:], actor=agent, now=at)
    elif answer.startswith(">"):
        messages.reply(ticket, body=answer[1:], actor=contact, channel="email", now=at)
    else:
        body = f"Hello {contact.first_name or 'there'},\n\n{answer}\n\nKind regards\n{agent.get_full_name()}"
        messages.reply(
            ticket, body=body, actor=agent, channel="email", status="waiting_on_customer", now=at
        )


def _finish(ticket, agent, contact, at, now, chance) -> None:
    end = at + timedelta(minutes=chance.randint(10, 600))
    fate = chance.random()
    if end >= now or fate < 0.05:
        return
    if fate < 0.1:
        tickets.snooze(ticket, now + timedelta(days=chance.randint(1, 5)), actor=agent, now=end)
        return
    if ticket.department.slug == "billing":
        refunded = "refund" in ticket.description.lower()
        tickets.set_field(ticket, "refunded", refunded, actor=agent, now=end)
    tickets.set_status(ticket, "resolved", actor=agent, now=end)
    if chance.random() < 0.5:
        score = chance.choices([5, 4, 3, 2], [8, 4, 1, 1])[0]
        tickets.rate(ticket, score, actor=contact, now=min(end + timedelta(hours=2), now))


def _nothing_left_to_send(now) -> None:
    """The past has been answered already: its mails have left and its reactions are over."""
    OutboundEmail.objects.filter(state=OutboundEmail.State.QUEUED).update(
        state=OutboundEmail.State.SENT, sent_at=now
    )
    TicketEvent.objects.filter(reacted_at=None).update(reacted_at=now)


def _department(name, slug, text) -> Department:
    return Department.objects.create(
        name=name, slug=slug, description=text, address=f"{slug}@fernhill.example"
    )


def _user(login, name, **fields):
    first, _space, last = name.partition(" ")
    model = get_user_model()
    user = model(
        username=login,
        first_name=first,
        last_name=last,
        email=f"{login}@fernhill.example"
        if login not in dict(CUSTOMERS)
        else f"{login}@example.org",
        **fields,
    )
    user.set_password(PASSWORD)
    user.save()
    return user


def _customers():
    model = get_user_model()
    return [contact_for_user(model.objects.get(username=login)) for login, _name in CUSTOMERS]


def _address(name: str) -> str:
    return f"{slugify(name).replace('-', '.')}@example.net"


def _working_moment(moment, chance, *, latest) -> datetime:
    """The same day, within working hours; yesterday's ones count for a weekend."""
    moment = moment.astimezone(UTC)
    while moment.weekday() >= 5:
        moment -= timedelta(days=1)
    hour = chance.randrange(WORK_BEGINS, WORK_ENDS)
    moment = moment.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60))
    return min(moment, latest)
