"""What one change asks of the database: little, and as little for a long ticket as for a short one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.models import AgentProfile, Ticket

pytestmark = pytest.mark.django_db

#: The broker's row, and where a transaction begins and ends.
BESIDE = re.compile("django_q|^(BEGIN|COMMIT|SAVEPOINT|RELEASE)")


def a_ticket(department, requester, replies):
    ticket = factories.make_ticket(department=department, requester=requester)
    for number in range(replies):
        messages.reply(ticket, body=f"Question {number}", actor=requester)
    return ticket


CHANGES = {
    "priority": lambda ticket, actor, to: tickets.set_priority(ticket, "urgent", actor=actor),
    "status": lambda ticket, actor, to: tickets.set_status(ticket, "resolved", actor=actor),
    "assignee": lambda ticket, actor, to: assignment.assign(ticket, to["agent"], actor=actor),
    "department": lambda ticket, actor, to: tickets.set_department(
        ticket, to["department"], actor=actor
    ),
    "type": lambda ticket, actor, to: tickets.set_type(ticket, "task", actor=actor),
    "subject": lambda ticket, actor, to: tickets.set_subject(ticket, "New", actor=actor),
    "snooze": lambda ticket, actor, to: tickets.snooze(ticket, to["until"], actor=actor),
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_change_asks_at_most_twelve_times_whatever_the_size_of_the_ticket(field):
    sales, repairs = factories.make_department("Sales"), factories.make_department("Repairs")
    agent = factories.make_agent("ada", departments=(sales, repairs))
    ben = factories.make_agent("ben", departments=(sales,))
    to: dict[str, Any] = {"department": repairs, "until": timezone.now() + timedelta(days=1)}
    requester = factories.make_contact("carla@example.net")
    asked = {}
    for replies in (1, 40):
        ticket = a_ticket(sales, requester, replies)
        # As a page has them: the account and the ticket read anew, the rights not yet known.
        actor = get_user_model().objects.get(pk=agent.user.pk)
        ticket = Ticket.objects.get(pk=ticket.pk)
        to["agent"] = AgentProfile.objects.get(user=ben.user)
        with CaptureQueriesContext(connection) as captured:
            CHANGES[field](ticket, actor, to)
        asked[replies] = [q["sql"] for q in captured if not BESIDE.search(q["sql"])]
    assert len(asked[1]) == len(asked[40]), "\n".join(asked[1])
    assert len(asked[40]) <= 12, "\n".join(asked[40])
