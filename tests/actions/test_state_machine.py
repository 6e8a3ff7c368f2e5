"""Random sequences of actions by random actors; after each step the desk's laws must hold."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
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
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actions.undoing import offer_unsend
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import (
    PRIORITY_NAMES,
    Metric,
    Note,
    Reply,
    SLAClock,
    Status,
    Ticket,
    TicketEvent,
)

SECRET = "between-ourselves"


class Desk(RuleBasedStateMachine):
    @initialize()
    def open_the_desk(self):
        department, other = factories.make_department(), factories.make_department()
        self.departments = [department, other, None]
        self.agents = [
            factories.make_agent(departments=(department,)),
            factories.make_agent(departments=(department, other)),
        ]
        self.manager = factories.make_manager()
        self.contacts = [factories.make_contact(), factories.make_contact()]
        self.keys, self.replies, self.notes = [], 0, 0

    # Who and which

    def tickets_here(self):
        return Ticket.objects.filter(pk__in=self.keys).order_by("pk")

    def ticket(self, number):
        return self.tickets_here()[number % len(self.keys)]

    def agent(self, number):
        return self.agents[number % len(self.agents)]

    has_tickets = precondition(lambda self: self.keys)

    def attempt(self, action):
        """An action either happens whole or is refused and changes nothing."""
        rows = (Reply, Note, TicketEvent, SLAClock, Ticket)
        before = [model.objects.count() for model in rows]
        versions = dict(Ticket.objects.values_list("pk", "version"))
        try:
            return action()
        except (EscalatedError, PermissionDenied):
            assert [model.objects.count() for model in rows] == before
            assert dict(Ticket.objects.values_list("pk", "version")) == versions
            return None

    # What happens

    @rule(who=st.integers(0, 1), where=st.integers(0, 2), priority=st.sampled_from(PRIORITY_NAMES))
    def write_to_the_desk(self, who, where, priority):
        ticket = factories.make_ticket(
            requester=self.contacts[who], department=self.departments[where], priority=priority
        )
        self.keys.append(ticket.pk)

    @has_tickets
    @rule(
        number=st.integers(0, 50),
        agent=st.integers(0, 1),
        status=st.sampled_from([None, *Status.values]),
    )
    def answer(self, number, agent, status):
        ticket = self.ticket(number)
        reply = self.attempt(
            lambda: messages.reply(
                ticket, body="An answer.", actor=self.agent(agent).user, status=status
            )
        )
        self.replies += reply is not None

    @has_tickets
    @rule(
        number=st.integers(0, 50),
        agent=st.integers(0, 1),
        status=st.sampled_from([None, *Status.values]),
        hours=st.sampled_from([None, 4]),
    )
    def answer_and_take_it_back(self, number, agent, status, hours):
        user = self.agent(agent).user
        ticket = self.ticket(number)
        until = timezone.now() + timedelta(hours=hours) if hours else None
        before = self.as_it_stands(ticket)
        reply = self.attempt(
            lambda: messages.reply(
                ticket, body="Too early.", actor=user, status=status, snooze_until=until
            )
        )
        if reply is not None:
            tickets.undo(offer_unsend(reply, actor=user))
            assert self.as_it_stands(ticket) == before

    @staticmethod
    def as_it_stands(ticket):
        """All but what every change counts up, and the deadlines that a pause moved by a moment."""
        counted = {"version", "state_version", "public_version", "updated_at", "public_updated_at"}
        row = Ticket.objects.values().get(pk=ticket.pk)
        return {name: value for name, value in row.items() if name not in counted | {"next_due_at"}}

    @has_tickets
    @rule(number=st.integers(0, 50))
    def write_again(self, number):
        ticket = self.ticket(number)
        reply = self.attempt(
            lambda: messages.reply(ticket, body="A question.", actor=ticket.requester)
        )
        self.replies += reply is not None

    @has_tickets
    @rule(number=st.integers(0, 50), who=st.integers(0, 1))
    def write_to_a_foreign_ticket(self, number, who):
        ticket, contact = self.ticket(number), self.contacts[who]
        takes_part = ticket.requester == contact or ticket.copied.filter(contact=contact).exists()
        with suppress(PermissionDenied):
            messages.reply(ticket, body="And me?", actor=contact)
            assert takes_part
            self.replies += 1

    @has_tickets
    @rule(number=st.integers(0, 50), agent=st.integers(0, 1))
    def note(self, number, agent):
        ticket = self.ticket(number)
        note = self.attempt(
            lambda: messages.add_note(ticket, body=SECRET, actor=self.agent(agent).user)
        )
        self.notes += note is not None

    @has_tickets
    @rule(number=st.integers(0, 50), agent=st.integers(0, 1), actor=st.integers(0, 1))
    def assign(self, number, agent, actor):
        ticket = self.ticket(number)
        self.attempt(
            lambda: assignment.assign(ticket, self.agent(agent), actor=self.agent(actor).user)
        )

    @has_tickets
    @rule(number=st.integers(0, 50), status=st.sampled_from(Status.values))
    def move(self, number, status):
        ticket = self.ticket(number)
        self.attempt(lambda: tickets.set_status(ticket, status, actor=self.manager))

    @has_tickets
    @rule(number=st.integers(0, 50), where=st.integers(0, 2))
    def hand_over(self, number, where):
        ticket = self.ticket(number)
        self.attempt(
            lambda: tickets.set_department(ticket, self.departments[where], actor=self.manager)
        )

    @has_tickets
    @rule(number=st.integers(0, 50), hours=st.integers(-1, 48))
    def snooze(self, number, hours):
        ticket = self.ticket(number)
        until = timezone.now() + timedelta(hours=hours)
        self.attempt(lambda: tickets.snooze(ticket, until, actor=self.manager))

    @has_tickets
    @rule(number=st.integers(0, 50), which=st.integers(0, 50))
    def split(self, number, which):
        ticket = self.ticket(number)
        replies = list(ticket.replies.all())
        if replies:
            fresh = tickets.split(ticket, replies[which % len(replies)], actor=self.manager)
            self.keys.append(fresh.pk)

    @has_tickets
    @rule(number=st.integers(0, 50), into=st.integers(0, 50), back=st.booleans())
    def merge(self, number, into, back):
        first, second = self.ticket(number), self.ticket(into)
        merged = self.attempt(lambda: tickets.merge(first, second, actor=self.manager))
        if merged and back:
            tickets.unmerge(first, actor=self.manager)

    @has_tickets
    @rule(number=st.integers(0, 50), days=st.integers(0, 10))
    def time_passes(self, number, days):
        tickets.wake_snoozed(now=timezone.now() + timedelta(days=days))

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

    @invariant()
    def no_note_reaches_a_list_or_a_customer(self):
        for ticket in self.tickets_here():
            assert SECRET not in ticket.last_message_preview
            assert not ticket.replies.filter(body__contains=SECRET).exists()

    @invariant()
    def timestamps_agree_with_the_status(self):
        for ticket in self.tickets_here():
            if ticket.is_open:
                assert ticket.snoozed_until is None or ticket.is_open
            else:
                assert ticket.snoozed_until is None
            if ticket.status == Status.RESOLVED:
                assert ticket.resolved_at is not None
            if ticket.status == Status.CLOSED:
                assert ticket.closed_at is not None

    @invariant()
    def clocks_agree_with_the_ticket(self):
        for ticket in self.tickets_here().prefetch_related("clocks__policy"):
            stands = ticket.snoozed_until or ticket.status == Status.WAITING_ON_CUSTOMER
            for clock in ticket.clocks.all():
                if clock.metric == Metric.RESOLUTION:
                    assert (clock.met_at is None) == ticket.is_open
                if clock.met_at is None and ticket.is_open:
                    assert clock.is_paused == bool(stands)

    @invariant()
    def each_change_is_in_the_history(self):
        for ticket in self.tickets_here():
            moves = ticket.events.filter(kind="status").order_by("pk")
            path = [Status.OPEN.value]
            for event in moves:
                assert event.data["before"] == path[-1]
                path.append(event.data["after"])
            assert path[-1] == ticket.status


@pytest.mark.django_db
def test_the_laws_hold_whatever_happens_in_whichever_order():
    from django.core.management import call_command

    call_command("escalated_install", verbosity=0)
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=6,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
