"""Random sequences of actions by random actors; after each step the desk's laws must hold."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db.models import Q
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import factories
from tests.sla.test_replay import replay
from wagtail_escalated import filters
from wagtail_escalated.actions import assignment, custom_fields, messages, tickets
from wagtail_escalated.actions.bulk import run_bulk
from wagtail_escalated.actions.sla_clocks import counted
from wagtail_escalated.actions.undoing import offer_unmerge, offer_unsend
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.calendars import calendar_of
from wagtail_escalated.exceptions import EscalatedError, UndoExpired
from wagtail_escalated.hours import elapsed
from wagtail_escalated.models import (
    PRIORITY_NAMES,
    CustomField,
    FieldType,
    LinkKind,
    Metric,
    Note,
    Reply,
    SLAClock,
    Status,
    Ticket,
    TicketEvent,
    TicketLink,
    TicketType,
    Tombstone,
)
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.portal.conversation import happenings
from wagtail_escalated.views_of_tickets import STANDING_VIEWS, count_views

DESK = django_settings.WAGTAIL_ESCALATED
SECRET = "between-ourselves"


#: What one action may move, and the entries of the history that tell of it, one for each time.
TOLD_BY = {
    "status": {"status", "undone", "unmerged"},
    "priority": {"priority", "undone"},
    "type": {"type", "undone"},
    "department_id": {"department", "undone"},
    "assignee_id": {"assigned", "undone"},
    "merged_into_id": {"merged", "unmerged"},
    "subject": {"subject"},
    "requester_id": {"requester"},
    "is_spam": {"spam", "undone"},
}
#: What every change counts up.
COUNTED = {"version", "state_version", "public_version", "updated_at", "public_updated_at"}
NUMBER = st.integers(0, 50)


class Desk(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.travel = time_machine.travel(datetime(2026, 4, 13, 9, tzinfo=UTC))
        self.clock = self.travel.start()

    def teardown(self):
        self.travel.stop()

    @initialize()
    def open_the_desk(self):
        department, other = factories.make_department(), factories.make_department()
        self.departments = [department, other, None]
        self.agents = [
            factories.make_agent(departments=(department,)),
            factories.make_agent(departments=(department, other)),
        ]
        self.manager = factories.make_manager()
        self.field, _new = CustomField.objects.get_or_create(
            name="Order", defaults={"type": FieldType.NUMBER}
        )
        customers = [factories.make_customer(), factories.make_customer()]
        self.contacts = [customer.escalated_contact for customer in customers]
        self.actors = [*(agent.user for agent in self.agents), self.manager, *self.contacts, SYSTEM]
        self.keys, self.replies, self.notes = [], 0, 0
        self.tokens: list[tuple[str, int]] = []  # and how many replies each takes back
        self.browser = Client()

    # Who and which

    def tickets_here(self):
        return Ticket.objects.filter(pk__in=self.keys).order_by("pk")

    def ticket(self, number):
        here = self.tickets_here()
        return here[number % len(here)]

    def agent(self, number):
        return self.agents[number % len(self.agents)]

    def actor(self, number):
        return self.actors[number % len(self.actors)]

    has_tickets = precondition(lambda self: self.tickets_here().exists())

    def attempt(self, action):
        """An action either happens whole, and each change is told once, or is refused and changes nothing."""
        rows = (Reply, Note, TicketEvent, SLAClock, Ticket)
        counts = [model.objects.count() for model in rows]
        before = {row["pk"]: row for row in self.tickets_here().values("pk", *columns())}
        newest = TicketEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        try:
            result = action()
        except (EscalatedError, PermissionDenied):
            assert [model.objects.count() for model in rows] == counts
            assert list(self.tickets_here().values("pk", *columns())) == list(before.values())
            return None
        for row in self.tickets_here().values("pk", *columns()):
            if row["pk"] in before:
                self.is_told_once(before[row["pk"]], row, newest)
        return result

    def is_told_once(self, old, new, newest):
        entries = TicketEvent.objects.filter(ticket=new["pk"], pk__gt=newest)
        kinds = list(entries.values_list("kind", flat=True))
        changed = {name for name in columns() if old[name] != new[name]}
        assert bool(changed) == (old["version"] != new["version"])
        if not changed:
            assert not kinds
        for name, tellers in TOLD_BY.items():
            told = [kind for kind in kinds if kind in tellers]
            if name in changed:
                assert len(told) == 1, (name, kinds)
            else:
                assert not set(told) - {"undone", "merged", "unmerged"}, (name, kinds)

    # What happens

    @rule(who=st.integers(0, 1), where=st.integers(0, 2), priority=st.sampled_from(PRIORITY_NAMES))
    def write_to_the_desk(self, who, where, priority):
        ticket = factories.make_ticket(
            requester=self.contacts[who], department=self.departments[where], priority=priority
        )
        self.keys.append(ticket.pk)

    @has_tickets
    @rule(
        number=NUMBER,
        agent=st.integers(0, 1),
        status=st.sampled_from([None, *Status.values]),
        hours=st.sampled_from([None, 4]),
        back=st.sampled_from(["never", "at once", "later"]),
    )
    def answer(self, number, agent, status, hours, back):
        user = self.agent(agent).user
        ticket = self.ticket(number)
        until = timezone.now() + timedelta(hours=hours) if hours else None
        before = self.as_it_stands(ticket)
        reply = self.attempt(
            lambda: messages.reply(
                ticket, body="An answer.", actor=user, status=status, snooze_until=until
            )
        )
        if reply is None:
            return
        self.replies += 1
        if back == "later":
            self.tokens.append((offer_unsend(reply, actor=user), 1))
        elif back == "at once":
            token = offer_unsend(reply, actor=user)
            assert self.attempt(lambda: tickets.undo(token))
            self.replies -= 1
            assert self.as_it_stands(ticket) == before

    @staticmethod
    def as_it_stands(ticket):
        """All but what every change counts up, and a deadline that a pause moved by a moment."""
        row = Ticket.objects.values().get(pk=ticket.pk)
        return {name: row[name] for name in row.keys() - COUNTED - {"next_due_at"}}

    @has_tickets
    @rule(number=NUMBER)
    def write_again(self, number):
        ticket = self.ticket(number)
        reply = self.attempt(
            lambda: messages.reply(ticket, body="A question.", actor=ticket.requester)
        )
        self.replies += reply is not None

    @has_tickets
    @rule(number=NUMBER, who=st.integers(0, 1))
    def write_to_a_foreign_ticket(self, number, who):
        ticket, contact = self.ticket(number), self.contacts[who]
        takes_part = ticket.requester == contact or ticket.copied.filter(contact=contact).exists()
        with suppress(PermissionDenied):
            messages.reply(ticket, body="And me?", actor=contact)
            assert takes_part
            self.replies += 1

    @has_tickets
    @rule(number=NUMBER, who=NUMBER)
    def note(self, number, who):
        ticket = self.ticket(number)
        note = self.attempt(lambda: messages.add_note(ticket, body=SECRET, actor=self.actor(who)))
        if note is not None:
            self.notes += 1
            self.no_note_stands_on_the_customers_page(ticket)

    def no_note_stands_on_the_customers_page(self, ticket):
        seen = Ticket.objects.values_list("public_version", flat=True).get(pk=ticket.pk)
        assert seen == ticket.public_version
        self.browser.force_login(ticket.requester.user)
        address = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
        page = self.browser.get(address, follow=True)
        assert page.status_code == 200
        assert SECRET not in page.text

    @has_tickets
    @rule(number=NUMBER, agent=st.sampled_from([None, 0, 1, "by load"]), who=NUMBER)
    def assign(self, number, agent, who):
        ticket, actor = self.ticket(number), self.actor(who)
        if agent is None:
            self.attempt(lambda: assignment.unassign(ticket, actor=actor))
        elif agent == "by load":
            self.attempt(lambda: assignment.auto_assign(ticket, actor=actor))
        else:
            self.attempt(lambda: assignment.assign(ticket, self.agent(agent), actor=actor))

    @has_tickets
    @rule(number=NUMBER, status=st.sampled_from(Status.values), who=NUMBER)
    def move(self, number, status, who):
        ticket = self.ticket(number)
        self.attempt(lambda: tickets.set_status(ticket, status, actor=self.actor(who)))

    @has_tickets
    @rule(number=NUMBER, what=st.sampled_from(["priority", "type", "tags"]), who=NUMBER)
    def change(self, number, what, who):
        ticket, actor = self.ticket(number), self.actor(who)
        self.attempt(lambda: CHANGES[what](ticket, actor))

    @has_tickets
    @rule(number=NUMBER, where=st.integers(0, 2))
    def hand_over(self, number, where):
        ticket = self.ticket(number)
        self.attempt(
            lambda: tickets.set_department(ticket, self.departments[where], actor=self.manager)
        )

    @has_tickets
    @rule(number=NUMBER, what=st.sampled_from(["spam", "no spam", "subject", "wake"]), who=NUMBER)
    def put_right(self, number, what, who):
        ticket, actor = self.ticket(number), self.actor(who)
        self.attempt(lambda: CHANGES[what](ticket, actor))

    @has_tickets
    @rule(number=NUMBER, whose=st.integers(0, 1), who=NUMBER)
    def was_anothers(self, number, whose, who):
        ticket, contact = self.ticket(number), self.contacts[whose]
        self.attempt(lambda: tickets.set_requester(ticket, contact, actor=self.actor(who)))

    @has_tickets
    @rule(number=NUMBER, value=st.sampled_from(["", "1", "2.5", "no number"]), who=NUMBER)
    def fill_in(self, number, value, who):
        ticket = self.ticket(number)
        before, told = custom_fields.plain_values(ticket), self.entries(ticket, "field")
        self.attempt(
            lambda: tickets.set_field(ticket, self.field.key, value, actor=self.actor(who))
        )
        changed = custom_fields.plain_values(ticket) != before
        assert self.entries(ticket, "field") == told + changed

    @has_tickets
    @rule(
        number=NUMBER,
        other=NUMBER,
        kind=st.sampled_from(LinkKind.values),
        who=NUMBER,
        away=st.booleans(),
    )
    def link(self, number, other, kind, who, away):
        one, two, actor = self.ticket(number), self.ticket(other), self.actor(who)
        links, told = TicketLink.objects.count(), self.entries(one, "linked", "unlinked")
        act = tickets.unlink if away else tickets.link
        self.attempt(lambda: act(one, two, kind, actor=actor))
        changed = TicketLink.objects.count() != links
        assert self.entries(one, "linked", "unlinked") == told + changed

    @has_tickets
    @rule(number=NUMBER, agent=st.integers(0, 1), who=NUMBER, away=st.booleans())
    def follow(self, number, agent, who, away):
        ticket, user, actor = self.ticket(number), self.agent(agent).user, self.actor(who)
        act = tickets.unfollow if away else tickets.follow
        self.attempt(lambda: act(ticket, user=user, actor=actor))

    @staticmethod
    def entries(ticket, *kinds):
        return TicketEvent.objects.filter(ticket=ticket.pk, kind__in=kinds).count()

    @has_tickets
    @rule(number=NUMBER, who=NUMBER)
    def delete(self, number, who):
        ticket = self.ticket(number)
        replies, notes = ticket.replies.count(), ticket.notes.count()
        if self.attempt(lambda: tickets.delete(ticket, actor=self.actor(who))):
            self.replies, self.notes = self.replies - replies, self.notes - notes

    @has_tickets
    @rule(number=NUMBER, hours=st.integers(-1, 48), who=NUMBER)
    def snooze(self, number, hours, who):
        ticket = self.ticket(number)
        until = timezone.now() + timedelta(hours=hours)
        self.attempt(lambda: tickets.snooze(ticket, until, actor=self.actor(who)))

    @has_tickets
    @rule(number=NUMBER, which=NUMBER, who=NUMBER)
    def split(self, number, which, who):
        ticket = self.ticket(number)
        replies = list(ticket.replies.all())
        if replies:
            reply = replies[which % len(replies)]
            fresh = self.attempt(lambda: tickets.split(ticket, reply, actor=self.actor(who)))
            if fresh is not None:
                self.keys.append(fresh.pk)

    @has_tickets
    @rule(
        number=NUMBER, into=NUMBER, who=NUMBER, back=st.sampled_from(["never", "at once", "later"])
    )
    def merge(self, number, into, who, back):
        first, second, actor = self.ticket(number), self.ticket(into), self.actor(who)
        before = [self.as_it_stands(first), self.as_it_stands(second)]
        merged = self.attempt(
            lambda: tickets.merge(first, second, actor=actor, different_requesters=True)
        )
        if not merged:
            return
        if back == "later":
            self.tokens.append((offer_unmerge(first, actor=self.manager), 0))
        elif back == "at once":
            assert self.attempt(lambda: tickets.unmerge(first, actor=self.manager))
            assert [self.as_it_stands(first), self.as_it_stands(second)] == before

    @has_tickets
    @rule(what=st.sampled_from(["priority", "type", "tags", "assign", "resolve"]), who=NUMBER)
    def change_all_at_once(self, what, who):
        actor = self.actor(who)
        chosen = list(self.tickets_here())
        result = self.attempt(
            lambda: run_bulk(chosen, lambda t: CHANGES[what](t, actor), actor=actor)
        )
        assert len(result.done) + len(result.failed) == len(chosen)
        assert all(failure.reason for failure in result.failed)
        if result.undo_token:
            self.tokens.append((result.undo_token, 0))

    @precondition(lambda self: self.tokens)
    @rule(which=NUMBER)
    def take_something_back(self, which):
        token, replies = self.tokens.pop(which % len(self.tokens))
        if self.attempt(lambda: tickets.undo(token)):
            self.replies -= replies
        with pytest.raises(UndoExpired):
            tickets.undo(token + "x")

    @has_tickets
    @rule(hours=st.integers(0, 200))
    def time_passes(self, hours):
        self.clock.shift(timedelta(hours=hours))
        then = timezone.now()
        self.attempt(lambda: tickets.wake_snoozed(now=then))
        assert not self.tickets_here().filter(snoozed_until__lte=then).exists()
        self.attempt(lambda: tickets.close_resolved(now=then))
        old = then - timedelta(days=7)
        assert not self.tickets_here().filter(status="resolved", resolved_at__lte=old).exists()

    # What must hold

    @invariant()
    def no_message_is_lost_or_doubled(self):
        assert Reply.objects.filter(ticket__in=self.keys).count() == self.replies
        assert Note.objects.filter(ticket__in=self.keys).count() == self.notes

    @invariant()
    def counts_equal_what_is_counted(self):
        for ticket in self.tickets_here():
            assert ticket.reply_count == ticket.replies.count()
            assert ticket.note_count == ticket.notes.count()
            assert ticket.is_open == Status(ticket.status).is_open
        if self.keys:
            self.views_equal_what_is_counted()

    def views_equal_what_is_counted(self):
        user = self.agents[0].user
        allowed = tickets_for(user, "view_internal")
        wanted = {key: view.filter for key, view in STANDING_VIEWS.items()}
        now = timezone.now()
        counts = count_views(allowed, wanted, user=user, now=now)
        for key, found in wanted.items():
            listed = filters.apply(allowed, found, user=user, now=now).distinct().count()
            assert counts[key] == listed, key

    @invariant()
    def lists_show_the_last_message(self):
        for ticket in self.tickets_here():
            latest = ticket.replies.order_by("-created_at", "-pk").first()
            text = latest.body if latest else ticket.description
            assert ticket.last_message_preview == " ".join(text.split())[:200]
            assert ticket.last_message_by_customer == (latest is None or not latest.by_agent)

    @invariant()
    def the_first_response_is_the_agents_first_answer(self):
        merged = Q(events__kind__in=["merged", "unmerged"])
        for ticket in self.tickets_here().exclude(merged):
            answers = ticket.replies.filter(by_agent=True).exclude(author_user=None)
            moments = answers.order_by("created_at").values_list("created_at", flat=True)
            assert ticket.first_response_at == moments.first()

    @invariant()
    def what_was_merged_is_empty_and_leads_somewhere(self):
        for ticket in self.tickets_here().exclude(merged_into=None):
            assert not ticket.replies.exists() and not ticket.notes.exists()
            seen = {ticket.pk}
            while ticket.merged_into is not None:
                ticket = ticket.merged_into
                assert ticket.pk not in seen
                seen.add(ticket.pk)

    @invariant()
    def what_was_deleted_has_its_tombstone(self):
        there = set(self.tickets_here().values_list("pk", flat=True))
        buried = Tombstone.objects.filter(ticket_pk__in=self.keys)
        assert set(buried.values_list("ticket_pk", flat=True)) == set(self.keys) - there

    @invariant()
    def no_note_reaches_a_list_or_a_customer(self):
        for ticket in self.tickets_here():
            assert SECRET not in ticket.last_message_preview
            assert not ticket.replies.filter(body__contains=SECRET).exists()
            assert SECRET not in str(happenings(ticket))

    @invariant()
    def timestamps_agree_with_the_status(self):
        for ticket in self.tickets_here():
            if not ticket.is_open:
                assert ticket.snoozed_until is None
            if ticket.status == Status.RESOLVED:
                assert ticket.resolved_at is not None
            if ticket.status == Status.CLOSED:
                assert ticket.closed_at is not None

    @invariant()
    def clocks_agree_with_the_history(self):
        for ticket in self.tickets_here().prefetch_related("clocks__policy"):
            stands = ticket.snoozed_until or ticket.status == Status.WAITING_ON_CUSTOMER
            for clock in ticket.clocks.all():
                if clock.metric == Metric.RESOLUTION:
                    assert (clock.met_at is None) == ticket.is_open
                    self.counted_what_the_history_tells(ticket, clock)
                if clock.met_at is None and ticket.is_open:
                    assert clock.is_paused == bool(stands)

    @staticmethod
    def counted_what_the_history_tells(ticket, clock):
        now = timezone.now() + timedelta(hours=1)
        calendar = calendar_of(clock.calendar)
        ran = sum((elapsed(calendar, *span) for span in replay(ticket, now)), timedelta())
        assert counted(clock, now=now) == ran

    @invariant()
    def each_move_is_in_the_history(self):
        for ticket in self.tickets_here():
            path = [Status.OPEN.value]
            for event in ticket.events.filter(kind__in=TOLD_BY["status"]).order_by("pk"):
                if "after" in event.data:
                    assert event.data["before"] == path[-1]
                    path.append(event.data["after"])
            assert path[-1] == ticket.status


def columns():
    return [field.attname for field in Ticket._meta.concrete_fields if not field.primary_key]


def other(choices, value):
    return choices[(list(choices).index(value) + 1) % len(choices)]


CHANGES = {
    "priority": lambda ticket, actor: tickets.set_priority(
        ticket, other(PRIORITY_NAMES, ticket.priority_name), actor=actor
    ),
    "type": lambda ticket, actor: tickets.set_type(
        ticket, other(TicketType.values, ticket.type), actor=actor
    ),
    "tags": lambda ticket, actor: tickets.add_tags(ticket, ["Fire"], actor=actor),
    "assign": lambda ticket, actor: assignment.assign(ticket, actor, actor=actor),
    "spam": lambda ticket, actor: tickets.mark_spam(ticket, actor=actor),
    "no spam": lambda ticket, actor: tickets.mark_spam(ticket, spam=False, actor=actor),
    "subject": lambda ticket, actor: tickets.set_subject(
        ticket, f"{ticket.subject[:200]}!", actor=actor
    ),
    "wake": lambda ticket, actor: tickets.unsnooze(ticket, actor=actor),
    "resolve": lambda ticket, actor: tickets.set_status(ticket, "resolved", actor=actor),
}


@pytest.mark.django_db
@override_settings(WAGTAIL_ESCALATED={**DESK, "UNDO_SEND_SECONDS": 3600})
def test_the_laws_hold_whatever_happens_in_whichever_order():
    call_command("escalated_install", verbosity=0)
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=max(6, settings.default.max_examples // 20),
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
