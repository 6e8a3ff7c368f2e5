import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests import factories
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import InvalidTicket, MergeNotAllowed, TransitionNotAllowed
from wagtail_escalated.models import EventKind, Status, Ticket

pytestmark = pytest.mark.django_db


def kinds(ticket):
    return list(ticket.events.values_list("kind", flat=True))


@pytest.mark.services
def test_a_new_ticket_has_reference_status_priority_and_one_entry_by_its_author():
    contact = factories.make_contact()
    ticket = factories.make_ticket(requester=contact)
    ticket.refresh_from_db()
    assert re.fullmatch(r"ESC-\d{4}-[0-9A-F]{6}", ticket.reference)
    assert (ticket.status, ticket.priority_name) == ("open", "medium")
    event = ticket.events.get()
    assert (event.kind, event.actor_contact) == ("created", contact)
    assert (ticket.version, ticket.public_version) == (1, 1)


@pytest.mark.parametrize("field", ["subject", "description"])
def test_a_blank_field_is_refused_by_name_and_nothing_is_stored(field):
    with pytest.raises(InvalidTicket) as refused:
        factories.make_ticket(**{field: " \n "})
    assert refused.value.field == field
    assert not Ticket.objects.exists()


def test_a_transition_outside_the_table_names_both_statuses_and_changes_nothing():
    agent = factories.make_agent()
    ticket = factories.make_ticket()
    tickets.set_status(ticket, "closed", actor=agent.user)
    with pytest.raises(TransitionNotAllowed) as refused:
        tickets.set_status(ticket, "in_progress", actor=agent.user)
    assert "Closed" in str(refused.value) and "In progress" in str(refused.value)
    ticket.refresh_from_db()
    assert ticket.status == "closed"


def test_a_table_changed_in_the_settings_is_followed(settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "STATUS_TRANSITIONS": {"open": ["closed"]},
    }
    agent, ticket = factories.make_agent(), factories.make_ticket()
    with pytest.raises(TransitionNotAllowed):
        tickets.set_status(ticket, "resolved", actor=agent.user)
    tickets.set_status(ticket, "closed", actor=agent.user)
    tickets.set_status(ticket, "reopened", actor=agent.user)
    assert ticket.status == "reopened"


def test_timestamps_are_set_on_entry_and_cleared_by_reopening():
    agent, ticket = factories.make_agent(), factories.make_ticket()
    tickets.set_status(ticket, "resolved", actor=agent.user)
    resolved_at = ticket.resolved_at
    assert resolved_at and ticket.closed_at is None
    tickets.set_status(ticket, "closed", actor=agent.user)
    assert ticket.resolved_at == resolved_at and ticket.closed_at
    tickets.set_status(ticket, "reopened", actor=agent.user)
    assert ticket.resolved_at is None and ticket.closed_at is None


def test_the_same_status_again_records_nothing():
    agent, ticket = factories.make_agent(), factories.make_ticket()
    tickets.set_status(ticket, "resolved", actor=agent.user)
    version, before = ticket.version, kinds(ticket)
    tickets.set_status(ticket, "resolved", actor=agent.user)
    ticket.refresh_from_db()
    assert (ticket.version, kinds(ticket)) == (version, before)


def test_assigning_an_open_ticket_begins_work_and_reassigning_records_both():
    first, second = factories.make_agent("first"), factories.make_agent("second")
    ticket = factories.make_ticket()
    assignment.assign(ticket, first, actor=first.user)
    assert ticket.status == "in_progress"
    assignment.assign(ticket, second.user, actor=first.user)
    event = ticket.events.filter(kind=EventKind.ASSIGNED).last()
    assert (event.data["before"], event.data["after"]) == (first.pk, second.pk)


def test_an_agent_without_the_right_is_refused():
    department, other = factories.make_department(), factories.make_department()
    stranger = factories.make_agent(departments=(other,))
    ticket = factories.make_ticket(department=department)
    with pytest.raises(PermissionDenied):
        tickets.set_priority(ticket, "high", actor=stranger.user)


def test_adding_a_tag_that_is_there_names_only_the_new_one():
    agent, ticket = factories.make_agent(), factories.make_ticket(tags=["A"])
    tickets.add_tags(ticket, ["a", "b"], actor=agent.user)
    assert ticket.events.get(kind=EventKind.TAGS).data["added"] == ["b"]


def test_a_customers_reply_hands_back_reopens_and_wakes():
    agent, contact = factories.make_agent(), factories.make_contact()
    ticket = factories.make_ticket(requester=contact)
    messages.reply(ticket, body="Is it off?", actor=agent.user, status=Status.WAITING_ON_CUSTOMER)
    messages.reply(ticket, body="Yes.", actor=contact)
    assert ticket.status == "waiting_on_agent"
    tickets.snooze(ticket, timezone.now() + timedelta(days=1), actor=agent.user)
    messages.reply(ticket, body="Hello?", actor=contact)
    assert ticket.snoozed_until is None
    tickets.set_status(ticket, "resolved", actor=agent.user)
    messages.reply(ticket, body="Still burning.", actor=contact)
    assert ticket.status == "reopened" and ticket.resolved_at is None


def test_the_first_response_is_the_first_public_reply_by_an_agent():
    agent, contact = factories.make_agent(), factories.make_contact()
    ticket = factories.make_ticket(requester=contact)
    messages.add_note(ticket, body="Funny.", actor=agent.user)
    messages.reply(ticket, body="Anybody?", actor=contact)
    assert ticket.first_response_at is None
    messages.reply(ticket, body="Here.", actor=agent.user)
    first = ticket.first_response_at
    assert first and ticket.status == "in_progress"
    messages.reply(ticket, body="And again.", actor=agent.user)
    assert ticket.first_response_at == first


def test_resolved_tickets_close_after_the_days_unless_the_customer_wrote():
    agent, contact = factories.make_agent(), factories.make_contact()
    old, answered = factories.make_ticket(), factories.make_ticket(requester=contact)
    week_ago = timezone.now() - timedelta(days=8)
    for ticket in (old, answered):
        tickets.set_status(ticket, "resolved", actor=agent.user, now=week_ago)
    messages.reply(answered, body="No!", actor=contact)
    assert [t.pk for t in tickets.close_resolved()] == [old.pk]
    assert tickets.close_resolved() == []
    assert old.events.last().actor_user is None


def test_splitting_a_reply_opens_a_ticket_and_leaves_the_reply():
    agent, contact = factories.make_agent(), factories.make_contact()
    ticket = factories.make_ticket(requester=contact, priority="high")
    reply = messages.reply(ticket, body="And my scanner smokes.", actor=contact)
    fresh = tickets.split(ticket, reply, actor=agent.user, subject="Scanner")
    fresh.refresh_from_db()
    assert (fresh.description, fresh.priority, fresh.requester) == (
        "And my scanner smokes.",
        ticket.priority,
        contact,
    )
    assert ticket.replies.get() == reply
    assert EventKind.SPLIT in kinds(ticket)


def test_merging_moves_the_conversation_and_can_be_undone():
    agent, contact = factories.make_agent(), factories.make_contact()
    first = factories.make_ticket(requester=contact)
    second = factories.make_ticket(requester=contact)
    messages.reply(first, body="One more thing.", actor=contact)
    tickets.merge(first, second, actor=agent.user)
    first.refresh_from_db()
    assert (first.status, first.merged_into) == ("closed", second)
    assert second.replies.count() == 1
    tickets.unmerge(first, actor=agent.user)
    assert first.replies.count() == 1 and second.replies.count() == 0


@pytest.mark.parametrize("status", ["open", "resolved", "waiting_on_customer"])
def test_taking_a_merge_back_leaves_both_as_they_were(status):
    """Also who is told: the other's requester must hear no more of it."""
    manager = factories.make_manager()
    first, second = factories.make_ticket(), factories.make_ticket(description="My own matter.")
    messages.reply(first, body="A secret of mine.", actor=first.requester)
    if status != "open":
        tickets.set_status(first, status, actor=manager)
    told = ("status", "is_open", "resolved_at", "closed_at", "last_message_preview", "reply_count")
    rows = Ticket.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")
    before = list(rows.values(*told))
    tickets.merge(first, second, actor=manager, different_requesters=True)
    assert second.copied.count() == 1
    tickets.unmerge(first, actor=manager)
    assert list(rows.values(*told)) == before
    assert not second.copied.exists()


@pytest.mark.parametrize("first_out", [0, 1])
def test_of_two_merges_in_a_row_each_is_taken_back_with_what_is_its_own(first_out):
    manager, contact = factories.make_manager(), factories.make_contact()
    row = [factories.make_ticket(requester=contact) for _number in range(3)]
    for number, ticket in enumerate(row):
        messages.reply(ticket, body=f"Of {number}.", actor=contact)
        messages.add_note(ticket, body=f"Note {number}.", actor=manager)
    tickets.merge(row[0], row[1], actor=manager)
    tickets.merge(row[1], row[2], actor=manager)
    for number in (first_out, 1 - first_out):
        out = Ticket.objects.get(pk=row[number].pk)
        assert tickets.unmerge(out, actor=manager)
        for ticket in Ticket.objects.filter(pk__in=[t.pk for t in row]):
            assert (ticket.reply_count, ticket.note_count) == (
                ticket.replies.count(),
                ticket.notes.count(),
            )
    for number, ticket in enumerate(row):
        assert [reply.body for reply in ticket.replies.all()] == [f"Of {number}."]
        assert [note.body for note in ticket.notes.all()] == [f"Note {number}."]


def test_what_was_taken_out_already_is_refused():
    manager, contact = factories.make_manager(), factories.make_contact()
    first, second = (factories.make_ticket(requester=contact) for _number in range(2))
    tickets.merge(first, second, actor=manager)
    late = Ticket.objects.get(pk=first.pk)
    assert late.merged_into == second
    tickets.unmerge(first, actor=manager)
    version = first.version
    with pytest.raises(MergeNotAllowed, match="meanwhile"):
        tickets.unmerge(late, actor=manager)
    first.refresh_from_db()
    assert first.version == version


def test_bulk_names_each_failure_and_one_undo_takes_all_back():
    here, there = factories.make_department(), factories.make_department()
    agent = factories.make_agent(departments=(here,))
    manager = factories.make_manager()
    mine, foreign = factories.make_ticket(department=here), factories.make_ticket(department=there)
    result = assignment.bulk_assign([mine, foreign], agent, actor=manager)
    assert [t.pk for t in result.done] == [mine.pk]
    assert [f.ticket.pk for f in result.failed] == [foreign.pk] and result.failed[0].reason
    tickets.undo(result.undo_token)
    mine.refresh_from_db()
    assert (mine.assignee, mine.status) == (None, "open")


def test_auto_assignment_goes_round_and_stops_at_the_limit():
    department = factories.make_department(auto_assign=True)
    one = factories.make_agent(departments=(department,), max_open_tickets=1)
    two = factories.make_agent(departments=(department,), max_open_tickets=1)
    given = [factories.make_ticket(department=department).assignee for _ in range(3)]
    assert {given[0], given[1]} == {one, two} and given[2] is None


def test_one_change_makes_at_most_twelve_queries(django_assert_max_num_queries):
    department = factories.make_department()
    agent = factories.make_agent(departments=(department,))
    ticket = factories.make_ticket(department=department)
    tickets.set_priority(ticket, "low", actor=agent.user)
    with django_assert_max_num_queries(12):
        tickets.set_priority(ticket, "high", actor=agent.user)


def test_deleting_is_for_managers_and_leaves_a_tombstone():
    agent, manager = factories.make_agent(), factories.make_manager()
    ticket = factories.make_ticket()
    with pytest.raises(PermissionDenied):
        tickets.delete(ticket, actor=agent.user)
    reference = ticket.reference
    assert tickets.delete(ticket, actor=manager).reference == reference
    assert not Ticket.objects.filter(reference=reference).exists()


def test_the_desk_may_do_everything():
    ticket = factories.make_ticket(actor=SYSTEM)
    tickets.set_status(ticket, "closed", actor=SYSTEM)
    assert ticket.status == "closed"
