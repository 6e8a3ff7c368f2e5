"""Whatever rules a manager writes and whatever happens: it ends, each acts once, the workers' order is nothing."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import make_ticket
from tests.rules.made import all_of, any_of, automation, workflow
from wagtail_escalated import tasks
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import (
    Automation,
    RuleOutcome,
    Tag,
    Ticket,
    TicketEvent,
    Workflow,
)

Result = RuleOutcome.Result
STATUSES = ["open", "in_progress", "waiting_on_customer", "escalated", "resolved", "reopened"]
PRIORITIES = ["low", "medium", "high"]

leaves = st.one_of(
    st.tuples(
        st.just("status"),
        st.sampled_from(["is", "is_not"]),
        st.lists(st.sampled_from(STATUSES), min_size=1, unique=True),
    ),
    st.tuples(st.just("priority"), st.just("is"), st.sampled_from(PRIORITIES).map(lambda p: [p])),
    st.tuples(st.sampled_from(["open", "customer_wrote_last"]), st.sampled_from(["yes", "no"])),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda make, rows: make(*rows),
        st.sampled_from([all_of, any_of]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
).map(lambda found: found if isinstance(found, dict) else all_of(found))
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("status"), st.sampled_from(STATUSES)),
        st.tuples(st.just("priority"), st.sampled_from(PRIORITIES)),
        st.tuples(st.just("escalate")),
        st.tuples(st.just("add_tags"), st.just(["TAG"])),
        st.tuples(st.just("remove_tags"), st.just(["TAG"])),
        st.tuples(st.just("note"), st.just("Seen.")),
    ),
    min_size=1,
    max_size=2,
)
kinds = st.lists(
    st.sampled_from(["created", "status", "priority", "tags", "noted", "replied"]),
    min_size=1,
    max_size=3,
    unique=True,
)
workflows = st.lists(st.tuples(kinds, conditions, deeds), min_size=1, max_size=5)
timed = st.lists(st.tuples(conditions, deeds), max_size=4)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("status"), st.sampled_from(STATUSES)),
        st.tuples(st.just("priority"), st.sampled_from(PRIORITIES)),
        st.tuples(st.just("reply"), st.just("Hello")),
    ),
    min_size=1,
    max_size=4,
)
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def with_tag(rows, tag):
    return [
        (name, *([[str(tag.pk)]] if value == (["TAG"],) else value))
        for name, *value in rows
        for value in [tuple(value)]
    ]


def write_rules(by_event, by_time):
    tag = Tag.objects.create(name="seen")
    for on, meets, does in by_event:
        workflow(on, *with_tag(does, tag), conditions=meets)
    for meets, does in by_time:
        automation(meets, *with_tag(does, tag))


def happen(ticket, what, value):
    try:
        if what == "status":
            tickets.set_status(ticket, value, actor=SYSTEM)
        elif what == "priority":
            tickets.set_priority(ticket, value, actor=SYSTEM)
        else:
            messages.reply(ticket, body=value, actor=ticket.requester)
    except EscalatedError:
        ticket.refresh_from_db()


def untold():
    return list(TicketEvent.objects.filter(reacted_at=None).values_list("pk", flat=True))


def work(order):
    """Workers take what is there, in any order, until nothing is left."""
    for _round in range(200):
        waiting = untold()
        if not waiting:
            return
        order.shuffle(waiting)
        for pk in waiting:
            tasks.react([pk])
    pytest.fail("the rules do not come to an end")


def outcome(ticket):
    fresh = Ticket.objects.get(pk=ticket.pk)
    tags = sorted(fresh.tags.values_list("name", flat=True))
    done = list(
        RuleOutcome.objects.filter(ticket=ticket, result=Result.DONE)
        .order_by("pk")
        .values_list("run__workflow__sort_order", "run__automation__sort_order")
    )
    return fresh.status, fresh.priority, tags, fresh.note_count, len(done)


class Laws(TestCase):
    """Nothing is committed here: what a commit would have queued waits in the table, as in production."""

    @few
    @given(workflows, timed, happenings, st.randoms(use_true_random=False))
    def test_it_ends_and_each_acts_once(self, by_event, by_time, what, order):
        write_rules(by_event, by_time)
        ticket = make_ticket()
        for one in what:
            happen(ticket, *one)
            if order.random() < 0.5:
                work(order)
            automations.run_all()
        work(order)
        for rule, model in (("workflow", Workflow), ("automation", Automation)):
            for pk in model.objects.values_list("pk", flat=True):
                acted = RuleOutcome.objects.filter(**{rule: pk}, state__isnull=False)
                states = list(acted.values_list("ticket", "state"))
                assert len(states) == len(set(states))
        people_did = TicketEvent.objects.filter(ticket=ticket, data__rules__isnull=True).count()
        limit = (people_did + 1) * (len(by_event) + len(by_time)) * (len(by_event) + 1)
        assert RuleOutcome.objects.filter(result=Result.DONE).count() <= limit
        self._is_quiet(ticket, order)

    def _is_quiet(self, ticket, order):
        """Once more, and again: nothing happens any more."""
        automations.run_all()
        work(order)
        before = outcome(ticket)
        for _minute in range(3):
            automations.run_all()
            work(order)
        assert outcome(ticket) == before

    @few
    @given(
        workflows, happenings, st.lists(st.randoms(use_true_random=False), min_size=2, max_size=3)
    )
    def test_the_order_of_the_workers_makes_no_difference(self, by_event, what, orders):
        write_rules(by_event, [])
        found = set()
        for order in orders:
            with transaction.atomic():
                ticket = make_ticket()
                for one in what:
                    happen(ticket, *one)
                work(order)
                found.add(repr(outcome(ticket)))
                transaction.set_rollback(True)
        assert len(found) == 1
