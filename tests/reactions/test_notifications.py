"""Who is told of what, by which way: entered by what people do at tickets."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from tests.factories import (
    make_agent,
    make_contact,
    make_customer,
    make_department,
    make_manager,
    make_ticket,
)
from wagtail_escalated import tasks
from wagtail_escalated.actions import assignment, messages, notifications, tickets, undoing
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import (
    DigestPreference,
    Notification,
    OutboundEmail,
    Ticket,
    TicketEvent,
)
from wagtail_escalated.reactions import digests
from wagtail_escalated.reactions.notifications import notify
from wagtail_escalated.realtime import presence

pytestmark = pytest.mark.django_db


@pytest.fixture
def department():
    return make_department("Lamps")


@pytest.fixture
def ada(department):
    return make_agent("ada", departments=(department,))


@pytest.fixture
def ben(department):
    return make_agent("ben", departments=(department,))


@pytest.fixture
def ticket(department):
    return make_ticket(department=department)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """The worker does its part at the end of the block."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture(autouse=True)
def leave_at_once(settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}


def bell(client, agent, query=""):
    """The lines of a person's bell, newest first."""
    client.force_login(agent.user)
    page = client.get(reverse("wagtail_escalated_admin:notifications") + query)
    return [f"{row.who} {row.text}" for row in page.context["rows"]]


def mails_to(mailoutbox, agent):
    return [mail for mail in mailoutbox if mail.to == [agent.user.email]]


def test_the_assignee_and_the_followers_read_it_in_their_bell(
    client, ticket, ada, ben, committed, department
):
    idle = make_agent("idle", departments=(department,))
    assignment.assign(ticket, ada, actor=SYSTEM)
    tickets.follow(ticket, actor=ben.user)
    with committed():
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    line = f"{ticket.requester} replied"
    assert bell(client, ada) == [line]
    assert bell(client, ben) == [line]
    assert bell(client, idle) == []


def test_a_new_ticket_of_nobody_is_told_to_its_department(client, department, ada, ben, committed):
    outside = make_agent("outside", departments=(make_department("Elsewhere"),))
    with committed():
        ticket = make_ticket(department=department, actor=ada.user)
    assert bell(client, ben) == [f"{ada} opened the ticket"]
    assert bell(client, ada) == []
    assert bell(client, outside) == []
    with committed():
        assignment.assign(ticket, ada, actor=ben.user)
    assert bell(client, ada) == [f"{ben} assigned it to {ada}"]


def test_who_is_mentioned_in_a_note_is_told_that(client, ticket, ada, ben, committed, mailoutbox):
    tickets.follow(ticket, actor=ben.user)
    with committed():
        messages.add_note(ticket, body="Look", actor=ada.user, mentions=[ben.user])
    assert bell(client, ben) == [f"{ada} mentioned you in a note"]
    [mail] = mails_to(mailoutbox, ben)
    assert "You were mentioned in a note" in mail.body


def test_a_note_is_told_to_agents_alone(client, department, ada, committed, mailoutbox):
    requester = make_customer("carla")
    ticket = make_ticket(requester=requester.escalated_contact, department=department)
    with committed():
        messages.add_note(ticket, body="Between us", actor=ada.user)
    assert [mail for mail in mailoutbox if mail.to == [requester.email]] == []
    assert not Notification.objects.filter(user=requester).exists()


def test_whoever_lost_the_right_reads_nothing_any_more(client, ticket, ada, ben, committed):
    tickets.follow(ticket, actor=ben.user)
    with committed():
        messages.add_note(ticket, body="A secret", actor=ada.user)
    assert len(bell(client, ben)) == 1
    tickets.unfollow(ticket, actor=ben.user)
    ben.departments.clear()
    assert bell(client, ben) == []
    badges = client.get(reverse("wagtail_escalated_admin:badges")).json()
    assert badges["bell"] == ""


def test_quiet_for_whoever_has_the_ticket_open(client, ticket, ada, ben, committed, mailoutbox):
    for agent in (ada, ben):
        tickets.follow(ticket, actor=agent.user)
    url = reverse("wagtail_escalated_admin:ticket_presence", args=[ticket.reference])
    client.force_login(ada.user)
    assert client.post(url, {"state": "viewing"}).status_code == 200
    with committed():
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    assert mails_to(mailoutbox, ada) == []
    assert len(mails_to(mailoutbox, ben)) == 1
    assert bell(client, ada) == []
    assert len(bell(client, ada, "?all=1")) == 1
    assert len(bell(client, ben)) == 1


def test_presence_that_is_over_makes_nothing_quiet(client, ticket, ada, committed):
    tickets.follow(ticket, actor=ada.user)
    presence.say(ticket.pk, ada.user.pk, "viewing", now=timezone.now() - timedelta(minutes=1))
    with committed():
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    assert len(bell(client, ada)) == 1


def test_opening_the_ticket_reads_what_was_told_of_it(client, ticket, ada, committed):
    tickets.follow(ticket, actor=ada.user)
    with committed():
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    assert len(bell(client, ada)) == 1
    url = reverse("wagtail_escalated_admin:ticket_presence", args=[ticket.reference])
    client.post(url, {"state": "viewing", "version": str(ticket.version)})
    assert bell(client, ada) == []


def test_a_reply_that_moves_the_status_is_told_once(client, ticket, ada, committed, mailoutbox):
    assignment.assign(ticket, ada, actor=SYSTEM)
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    with committed():
        messages.reply(ticket, body="Not solved!", actor=ticket.requester)
    assert bell(client, ada) == [f"{ticket.requester} replied"]
    assert len(mails_to(mailoutbox, ada)) == 1


def test_a_change_of_status_and_a_rating_ring_the_bell(client, ticket, ada, ben, committed):
    assignment.assign(ticket, ada, actor=SYSTEM)
    with committed():
        tickets.set_status(ticket, "resolved", actor=ben.user)
    with committed():
        tickets.rate(ticket, 4, actor=ticket.requester)
    assert bell(client, ada) == [
        f"{ticket.requester} rated the help: 4 of 5",
        f"{ben} changed the status from In progress to Resolved",
    ]


def test_what_the_desk_closes_by_itself_is_no_news(client, ticket, ada, committed):
    assignment.assign(ticket, ada, actor=ada.user)
    tickets.set_status(ticket, "resolved", actor=ada.user)
    Ticket.objects.update(resolved_at=timezone.now() - timedelta(days=30))
    with committed():
        call_command("escalated_close_resolved")
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert bell(client, ada) == []


def test_a_reply_taken_back_is_taken_out_of_the_bell(client, ticket, ada, ben, committed, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 10}
    tickets.follow(ticket, actor=ben.user)
    with committed():
        reply = messages.reply(ticket, body="Oops", actor=ada.user)
    assert len(bell(client, ben)) == 1
    with committed():
        undoing.undo(undoing.offer_unsend(reply, actor=ada.user))
    assert bell(client, ben) == []


def test_spam_rings_nothing(client, ticket, ada, committed):
    tickets.follow(ticket, actor=ada.user)
    tickets.mark_spam(ticket, actor=SYSTEM)
    with committed():
        messages.reply(ticket, body="Buy", actor=ticket.requester)
    assert bell(client, ada) == []


def test_what_the_worker_missed_is_told_by_the_sweeper_and_only_once(
    client, ticket, ada, mailoutbox, committed
):
    tickets.follow(ticket, actor=ada.user)
    messages.reply(ticket, body="Hello?", actor=ticket.requester)
    TicketEvent.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    for _ in range(2):
        with committed():
            call_command("escalated_sweep_reactions")
        TicketEvent.objects.update(reacted_at=None)
    assert len(bell(client, ada)) == 2, "the ticket was opened, and answered"
    assert len(mails_to(mailoutbox, ada)) == 2


def test_fifty_followers_are_told_in_ten_queries(ticket, ada, django_assert_max_num_queries):
    for number in range(50):
        agent = make_agent(f"follower{number}", departments=(ticket.department,))
        tickets.follow(ticket, actor=agent.user)
    note = messages.add_note(ticket, body="All of you", actor=ada.user)
    event = TicketEvent.objects.select_related("ticket", "note").get(note=note)
    with django_assert_max_num_queries(10):
        notify([event])
    assert Notification.objects.filter(event=event).count() == 50
    assert OutboundEmail.objects.filter(event=event).count() == 50
    reply = messages.reply(ticket, body="Hello?", actor=ticket.requester)
    event = TicketEvent.objects.select_related("ticket", "reply").get(reply=reply)
    with django_assert_max_num_queries(10):
        notify([event])
    assert Notification.objects.filter(event=event).count() == 51


def test_managers_who_follow_are_told_too(client, ticket, committed):
    manager = make_manager("mira")
    tickets.follow(ticket, actor=manager)
    with committed():
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    client.force_login(manager)
    page = client.get(reverse("wagtail_escalated_admin:notifications"))
    assert len(page.context["rows"]) == 1


# The daily summary


def digest_at(agent, at, zone="Europe/Berlin"):
    UserProfile.objects.update_or_create(user=agent.user, defaults={"current_time_zone": zone})
    agent.user.refresh_from_db()
    DigestPreference.objects.update_or_create(
        user=agent.user, defaults={"enabled": True, "at": at, "last_on": None}
    )


def something_happens(ticket):
    messages.reply(ticket, body="Hello?", actor=ticket.requester)
    tasks.react(TicketEvent.objects.filter(reacted_at=None).values_list("pk", flat=True))


def run_at(*moment):
    return digests.send_due(datetime(*moment, tzinfo=UTC))


def test_the_summary_comes_once_a_day_at_ones_own_time(ticket, ada, mailoutbox, committed, client):
    tickets.follow(ticket, actor=ada.user)
    digest_at(ada, time(8))
    something_happens(ticket)
    with committed():
        assert run_at(2026, 7, 1, 5, 59) == 0
        assert run_at(2026, 7, 1, 6, 0) == 1, "it is eight in Berlin"
        assert run_at(2026, 7, 1, 6, 1) == 0
        assert run_at(2026, 7, 1, 20, 0) == 0
    digest = [mail for mail in mails_to(mailoutbox, ada) if "What happened" in mail.subject]
    assert len(digest) == 1
    assert ticket.reference in digest[0].body
    assert "A customer answers" in digest[0].body
    assert digest[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert run_at(2026, 7, 2, 7, 0) == 0, "nothing new, no mail"
    something_happens(ticket)
    assert run_at(2026, 7, 3, 7, 0) == 1


@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25)])
def test_the_night_the_clocks_change_brings_one_summary(ticket, ada, day):
    """02:30 does not exist, or exists twice."""
    tickets.follow(ticket, actor=ada.user)
    digest_at(ada, time(2, 30))
    midnight = datetime(*day, tzinfo=UTC)
    written = 0
    for quarter in range(24 * 4):
        something_happens(ticket) if quarter % 4 == 0 else None
        written += digests.send_due(midnight + timedelta(minutes=15 * quarter))
    assert written == 1


def test_what_was_read_is_not_told_again(client, ticket, ada, committed, mailoutbox):
    tickets.follow(ticket, actor=ada.user)
    digest_at(ada, time(8))
    something_happens(ticket)
    client.force_login(ada.user)
    client.post(reverse("wagtail_escalated_admin:notifications_read"), {"all": "1"})
    assert run_at(2026, 7, 1, 7, 0) == 0


def test_a_summary_names_nothing_that_its_reader_may_not_see_any_more(
    ticket, ada, committed, mailoutbox
):
    tickets.follow(ticket, actor=ada.user)
    digest_at(ada, time(8))
    something_happens(ticket)
    with committed():
        assert run_at(2026, 7, 1, 7, 0) == 1
        tickets.unfollow(ticket, actor=ada.user)
        ada.departments.clear()
    [mail] = [mail for mail in mails_to(mailoutbox, ada) if "What happened" in mail.subject]
    assert ticket.reference not in mail.body


def test_the_command_writes_it(ticket, ada, mailoutbox, committed, capsys):
    tickets.follow(ticket, actor=ada.user)
    digest_at(ada, time(0), zone="UTC")
    something_happens(ticket)
    with committed():
        call_command("escalated_send_digests")
    assert "1 daily summaries written" in capsys.readouterr().out
    with committed():
        call_command("escalated_send_digests")
    assert len([m for m in mails_to(mailoutbox, ada) if "What happened" in m.subject]) == 1


def test_switched_on_in_the_evening_the_first_comes_tomorrow(ada):
    now = datetime(2026, 7, 1, 20, tzinfo=UTC)
    row = notifications.choose_digest(ada.user, enabled=True, at=time(8), now=now)
    assert row.last_on == now.date()


def test_a_contact_hears_nothing_of_the_bell():
    assert not Notification.objects.exists()
    make_ticket(requester=make_contact())
    tasks.react(TicketEvent.objects.values_list("pk", flat=True))
    assert not Notification.objects.exists()
