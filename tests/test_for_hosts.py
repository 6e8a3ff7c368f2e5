"""What the code of a host builds upon: views for agents and managers alone, and the signals."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from tests import factories, host_urls
from wagtail_escalated import signals
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Ticket, TicketEvent


class TestViews:
    pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.host_urls")]

    @pytest.mark.parametrize("kind", ["", "class/"])
    @pytest.mark.parametrize(
        ("who", "agents", "managers"),
        [
            ("agent", 200, 403),
            ("manager", 200, 200),
            ("reader", 403, 403),
            ("editor", 403, 403),
            ("customer", 403, 403),
        ],
    )
    def test_each_is_let_in_where_they_belong(self, client, kind, who, agents, managers):
        user = getattr(factories, f"make_{who}")()
        client.force_login(getattr(user, "user", user))
        assert client.get(f"/host/{kind}agents/").status_code == agents
        assert client.get(f"/host/{kind}managers/").status_code == managers

    def test_who_is_not_logged_in_is_sent_to_log_in_and_comes_back(self, client, settings):
        for path in ("/host/agents/", "/host/managers/", "/host/class/managers/"):
            address = f"{reverse(settings.LOGIN_URL)}?next={path}%3Fa%3Db"
            assert client.get(f"{path}?a=b").url == address

    def test_a_view_of_a_class_says_where_to_log_in_as_in_django(self, client):
        address = client.get("/host/class/agents/").url
        assert address == "/another/login/?next=/host/class/agents/"

    def test_somebody_who_lost_the_right_is_let_in_no_longer(self, client):
        agent = factories.make_agent()
        client.force_login(agent.user)
        assert client.get("/host/agents/").status_code == 200
        agent.active = False
        agent.save()
        assert client.get("/host/agents/").status_code == 403

    def test_a_decorated_view_keeps_its_name_and_what_it_says_of_itself(self):
        assert host_urls.for_agents.__name__ == "for_agents"
        assert host_urls.for_agents.__doc__ == "What agents see."


@contextmanager
def heard(name):
    """What a signal tells its receivers, and whether it was sent within a transaction."""
    told = []

    def hear(sender, **kwargs):
        kwargs.pop("signal")
        assert sender is Ticket
        assert kwargs.pop("ticket").pk == kwargs["event"].ticket_id
        told.append((kwargs, connection.in_atomic_block))

    signal = getattr(signals, name)
    signal.connect(hear)
    try:
        yield told
    finally:
        signal.disconnect(hear)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestSignals:
    """All but those of the service levels, which stand with them."""

    @pytest.fixture(autouse=True)
    def desk(self, settings):
        settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}
        self.sales = factories.make_department("Sales")
        self.agent = factories.make_agent("ada", departments=(self.sales,))
        self.ticket = factories.make_ticket(department=self.sales)

    def doings(self):
        """Signal → what makes it sent, by whom, and what comes along."""
        ticket, user, agent = self.ticket, self.agent.user, self.agent
        later = timezone.now() + timedelta(hours=1)
        return {
            "ticket_created": (lambda: factories.make_ticket(actor=SYSTEM), SYSTEM, {}),
            "status_changed": (
                lambda: tickets.set_status(ticket, "escalated", actor=user),
                user,
                {"old": "open", "new": "escalated"},
            ),
            "priority_changed": (
                lambda: tickets.set_priority(ticket, "high", actor=user),
                user,
                {"old": "medium", "new": "high"},
            ),
            "ticket_assigned": (
                lambda: assignment.assign(ticket, agent, actor=user),
                user,
                {"old": None, "new": agent.pk},
            ),
            "tags_changed": (
                lambda: tickets.add_tags(ticket, ["a", "b"], actor=user),
                user,
                {"added": ["a", "b"], "removed": []},
            ),
            "department_changed": (
                lambda: tickets.set_department(ticket, None, actor=user),
                user,
                {"old": self.sales.pk, "new": None},
            ),
            "ticket_snoozed": (
                lambda: tickets.snooze(ticket, later, actor=user),
                user,
                {"until": later.isoformat()},
            ),
            "ticket_woken": (lambda: tickets.unsnooze(ticket, actor=user), user, {}),
        }

    def test_each_is_sent_once_after_the_commit_with_what_is_promised(self):
        for name, (do, actor, along) in self.doings().items():
            with heard(name) as told:
                do()
            [(kwargs, within)] = told
            event = kwargs.pop("event")
            assert isinstance(event, TicketEvent)
            assert kwargs == {"actor": actor, **along}, name
            assert not within

    def test_messages_come_along_as_they_were_written(self):
        with heard("reply_added") as replies, heard("note_added") as notes:
            reply = messages.reply(self.ticket, body="Mine", actor=self.ticket.requester)
            note = messages.add_note(self.ticket, body="Ours", actor=self.agent.user)
        assert replies[0][0]["reply"] == reply
        assert replies[0][0]["actor"] == self.ticket.requester
        assert notes[0][0]["note"] == note

    def test_a_split_and_a_merge_are_told_once_with_the_other_ticket(self):
        reply = messages.reply(self.ticket, body="And this", actor=self.ticket.requester)
        with heard("ticket_split") as split:
            fresh = tickets.split(self.ticket, reply, actor=self.agent.user)
        assert [told["new_ticket"] for told, _within in split] == [fresh.pk]
        with heard("ticket_merged") as merged:
            tickets.merge(fresh, self.ticket, actor=self.agent.user)
        assert [(t["event"].ticket_id, t["into"]) for t, _w in merged] == [
            (fresh.pk, self.ticket.pk)
        ]

    def test_a_rating_is_told_with_its_score(self):
        tickets.set_status(self.ticket, "resolved", actor=SYSTEM)
        with heard("ticket_rated") as told:
            tickets.rate(self.ticket, 4, actor=self.ticket.requester)
        assert told[0][0]["score"] == 4

    def test_nothing_is_told_of_what_was_not_committed(self):
        with heard("priority_changed") as told:
            tickets.set_priority(self.ticket, "medium", actor=self.agent.user)
            with pytest.raises(Exception, match="status"):
                tickets.set_status(self.ticket, "no status", actor=self.agent.user)
        assert told == []

    def test_a_receiver_that_fails_is_logged_and_breaks_neither_the_change_nor_the_others(
        self, caplog
    ):
        @receiver(signals.priority_changed)
        def fails(**kwargs):
            raise ZeroDivisionError("of the host")

        try:
            with heard("priority_changed") as told:
                tickets.set_priority(self.ticket, "urgent", actor=self.agent.user)
        finally:
            signals.priority_changed.disconnect(fails)
        assert Ticket.objects.get(pk=self.ticket.pk).priority_name == "urgent"
        assert len(told) == 1
        assert "ZeroDivisionError" in caplog.text
