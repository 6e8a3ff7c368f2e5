"""Two connections at once, on PostgreSQL."""

import threading

import pytest
from django.db import connection
from django.db.models import Count

from tests import factories
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actions.contacts import contact_for_address
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Contact, Tag, Ticket

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*actions):
    """Run each in a thread and on a connection of its own, all let go together; what each answered or raised."""
    barrier, answers = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number, action):
        barrier.wait()
        try:
            answers[number] = action()
        except EscalatedError as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, action)) for number, action in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def same(ticket):
    """The row as another process reads it."""
    return Ticket.objects.get(pk=ticket.pk)


def test_two_replies_at_once_are_both_there_and_counted():
    agent, contact = factories.make_agent(), factories.make_contact()
    ticket = factories.make_ticket(requester=contact)
    at_once(
        lambda: messages.reply(same(ticket), body="Mine.", actor=agent.user),
        lambda: messages.reply(same(ticket), body="And mine.", actor=contact),
    )
    ticket.refresh_from_db()
    assert ticket.reply_count == ticket.replies.count() == 2
    assert ticket.version == 3
    assert ticket.events.filter(kind="replied").count() == 2


def test_of_two_agents_who_reply_at_once_the_second_is_held():
    first, second = factories.make_agent(), factories.make_agent()
    ticket = factories.make_ticket()
    answers = at_once(
        *(
            lambda agent=agent: messages.reply(
                same(ticket), body="Hello.", actor=agent.user, last_seen=0
            )
            for agent in (first, second)
        )
    )
    assert sum(isinstance(answer, EscalatedError) for answer in answers) == 1
    assert ticket.replies.count() == 1


def test_two_tickets_at_once_never_overfill_one_agent():
    department = factories.make_department()
    factories.make_agent(departments=(department,), max_open_tickets=2)
    manager = factories.make_manager()
    waiting = [factories.make_ticket(department=department) for _ in range(5)]
    at_once(
        *(
            lambda ticket=ticket: assignment.auto_assign(same(ticket), actor=manager)
            for ticket in waiting
        )
    )
    assert Ticket.objects.exclude(assignee=None).count() == 2


def test_many_new_tickets_at_once_go_by_turns_and_overfill_nobody():
    department = factories.make_department(auto_assign=True)
    for _agent in range(2):
        factories.make_agent(departments=(department,), max_open_tickets=2)
    contacts = [factories.make_contact() for _ticket in range(6)]
    answers = at_once(
        *(lambda c=c: factories.make_ticket(department=department, requester=c) for c in contacts)
    )
    assert all(isinstance(answer, Ticket) for answer in answers)
    given = Ticket.objects.values_list("assignee").annotate(count=Count("pk"))
    assert sorted(count for _agent, count in given) == [2, 2, 2]


def test_taking_a_merge_out_twice_at_once_takes_it_out_once():
    manager, contact = factories.make_manager(), factories.make_contact()
    one, other = (factories.make_ticket(requester=contact) for _ticket in range(2))
    messages.reply(one, body="Mine.", actor=contact)
    tickets.merge(one, other, actor=manager)
    at_once(*[lambda: tickets.unmerge(same(one), actor=manager)] * 2)
    assert one.events.filter(kind="unmerged").count() == 1
    assert same(one).reply_count == one.replies.count() == 1
    assert same(other).reply_count == 0


def test_one_address_makes_one_contact_however_many_write_at_once():
    at_once(*(lambda: contact_for_address("New@Customer.example", name="New") for _ in range(6)))
    assert Contact.objects.filter(address="new@customer.example").count() == 1


def test_one_new_tag_is_made_once():
    agent = factories.make_agent()
    waiting = [factories.make_ticket() for _ in range(4)]
    at_once(
        *(lambda t=t: tickets.add_tags(same(t), ["urgent!"], actor=agent.user) for t in waiting)
    )
    assert Tag.objects.filter(key="urgent!").count() == 1
    assert all(ticket.tags.count() == 1 for ticket in waiting)


def test_merging_two_tickets_into_each_other_at_once_makes_no_circle():
    manager, contact = factories.make_manager(), factories.make_contact()
    one = factories.make_ticket(requester=contact)
    other = factories.make_ticket(requester=contact)
    at_once(
        lambda: tickets.merge(same(one), same(other), actor=manager),
        lambda: tickets.merge(same(other), same(one), actor=manager),
    )
    assert Ticket.objects.exclude(merged_into=None).count() == 1


def test_two_status_changes_at_once_leave_one_history():
    first, second = factories.make_agent(), factories.make_agent()
    ticket = factories.make_ticket()
    at_once(
        lambda: tickets.set_status(same(ticket), "resolved", actor=first.user),
        lambda: tickets.set_status(same(ticket), "closed", actor=second.user),
    )
    path = ["open"]
    for event in ticket.events.filter(kind="status").order_by("pk"):
        assert event.data["before"] == path[-1]
        path.append(event.data["after"])
    ticket.refresh_from_db()
    assert path[-1] == ticket.status


def test_the_customer_writes_while_the_desk_closes_and_the_ticket_ends_reopened_or_waits():
    contact, agent = factories.make_contact(), factories.make_agent()
    ticket = factories.make_ticket(requester=contact)
    tickets.set_status(ticket, "resolved", actor=agent.user)
    at_once(
        lambda: messages.reply(same(ticket), body="No!", actor=contact),
        lambda: tickets.close_resolved(now=ticket.resolved_at.replace(year=2099)),
    )
    ticket.refresh_from_db()
    assert ticket.status == "reopened"
