"""Changed terms are for what is promised from now on; running promises move when a manager says so."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.sla.promises import add_target, at, clock, kinds, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import sla, tickets
from wagtail_escalated.admin import sla_recompute
from wagtail_escalated.models import Holiday, Priority, SLAPolicy
from wagtail_escalated.tasks import recompute_sla

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    from django.core.management import call_command

    call_command("escalated_install")
    user = factories.make_manager()
    from django.contrib.auth.models import Group

    user.groups.add(Group.objects.get(name="Support managers"))
    client.force_login(user)
    return user


def apply_changes(client, terms, slug, callbacks):
    url = reverse(f"escalated_{slug}:recompute", args=[terms.pk])
    page = client.get(url).content.decode()
    with callbacks(execute=True):
        assert client.post(url).status_code == 302
    return page


def test_a_holiday_added_moves_open_tickets_after_a_look_at_which(
    client, manager, django_capture_on_commit_callbacks
):
    hours = make_hours("Ours")
    make_policy("Ours", targets={"resolution": 240}, business_hours=hours, default=False)
    department = factories.make_department(sla_policy_id=hours.policies.get().pk)
    ticket, done = (make_ticket(at(15), department=department) for _ in range(2))
    tickets.set_status(done, "resolved", actor=manager, now=at(16))
    Holiday.objects.create(hours=hours, name="Off", date=date(2026, 4, 14))
    page = apply_changes(client, hours, "business_hours", django_capture_on_commit_callbacks)
    assert ticket.reference in page
    assert done.reference not in page
    assert clock(ticket).due_at == at(11, day=2)
    assert clock(done).due_at == at(11, day=1)
    again = apply_changes(client, hours, "business_hours", django_capture_on_commit_callbacks)
    assert "No deadline would move." in again


def test_the_preview_says_by_how_much_and_what_would_be_missed_at_once(client, manager):
    policy = make_policy("Ours", targets={"resolution": 240}, default=False)
    department = factories.make_department(sla_policy=policy)
    make_ticket(timezone.now() - timedelta(hours=2), department=department)
    add_target(policy, "resolution", Priority.MEDIUM, 300)
    url = reverse("escalated_sla_policies:recompute", args=[policy.pk])
    page = client.get(url).content.decode()
    assert "1 h 0 min later" in page
    assert "missed at once" not in page
    add_target(policy, "resolution", Priority.MEDIUM, 60)
    page = client.get(url).content.decode()
    assert "3 h 0 min earlier" in page
    assert "missed at once" in page


def test_new_conditions_reach_open_tickets_that_ran_under_another_policy(
    client, manager, django_capture_on_commit_callbacks
):
    make_policy("Usual", targets={"resolution": 240}, default=False)
    old = SLAPolicy.objects.get(name="Usual")
    department = factories.make_department(sla_policy=old)
    ticket = make_ticket(at(10), department=department)
    new = make_policy("New", targets={"resolution": 60}, default=False, for_types=[ticket.type])
    page = apply_changes(client, new, "sla_policies", django_capture_on_commit_callbacks)
    assert ticket.reference in page
    assert (clock(ticket).policy, clock(ticket).due_at) == (new, at(11))


def test_any_number_of_tickets_is_looked_at_page_by_page(client, manager, monkeypatch):
    monkeypatch.setattr(sla_recompute, "SHOWN", 2)
    policy = make_policy("Ours", targets={"resolution": 240}, default=False)
    department = factories.make_department(sla_policy=policy)
    opened = [make_ticket(at(10), department=department).reference for _ in range(5)]
    add_target(policy, "resolution", Priority.MEDIUM, 60)
    url = reverse("escalated_sla_policies:recompute", args=[policy.pk])
    pages = [client.get(url, {"p": number}).content.decode() for number in (1, 2, 3, "x")]
    assert [[name in page for name in opened].count(True) for page in pages] == [2, 2, 1, 2]
    assert "5 open tickets are concerned." in pages[0]
    assert 'href="?p=2"' in pages[0]


def test_looking_writes_nothing(client, manager):
    policy = make_policy("Ours", targets={"resolution": 240}, default=False)
    department = factories.make_department(sla_policy=policy)
    ticket = make_ticket(at(10), department=department)
    for priority in Priority:
        add_target(policy, "resolution", priority, 60)
        add_target(policy, "first_response", priority, 30)
    before = list(ticket.clocks.values())
    page = client.get(reverse("escalated_sla_policies:recompute", args=[policy.pk]))
    assert ticket.reference in page.content.decode()
    assert list(ticket.clocks.values()) == before


def test_a_policy_s_new_targets_reach_running_promises_in_batches(monkeypatch):
    policy = make_policy(targets={"resolution": 240})
    opened = [make_ticket(at(10)) for _ in range(5)]
    add_target(policy, "resolution", Priority.MEDIUM, 60)
    assert sla.recompute_under(policy, limit=3) == opened[2].pk
    assert clock(opened[4]).due_at == at(14)
    recompute_sla("slapolicy", policy.pk, opened[2].pk)
    assert [clock(ticket).due_at for ticket in opened] == [at(11)] * 5


def test_who_may_not_change_business_hours_may_not_apply_them(client):
    hours = make_hours()
    client.force_login(factories.make_agent().user)
    url = reverse("escalated_business_hours:recompute", args=[hours.pk])
    assert client.get(url).status_code in (302, 404)
    assert client.post(url).status_code in (302, 404)


def test_a_manager_gives_a_ticket_a_policy_of_its_own_and_takes_it_back(client):
    manager = factories.make_manager()
    client.force_login(manager)
    make_policy(targets={"resolution": 240})
    own = make_policy("Own", targets={"resolution": 60}, default=False)
    ticket = make_ticket(at(10))
    url = reverse("wagtail_escalated_admin:ticket_sla", args=[ticket.reference])
    assert client.post(url, {"policy": own.pk}).status_code == 302
    assert clock(ticket).due_at == at(11)
    client.post(url, {"policy": own.pk})
    client.post(url, {"policy": ""})
    assert clock(ticket).due_at == at(14)
    assert kinds(ticket) == ["created", "sla_policy", "sla_policy"]
    assert client.post(url, {"policy": "nonsense"}).status_code == 400


def test_an_agent_does_not_choose_how_long_they_may_take(client):
    department = factories.make_department()
    agent = factories.make_agent(departments=(department,))
    client.force_login(agent.user)
    own = make_policy("Own", targets={"resolution": 60}, default=False)
    ticket = make_ticket(at(10), department=department)
    url = reverse("wagtail_escalated_admin:ticket_sla", args=[ticket.reference])
    assert "<form" not in client.get(url).content.decode()
    client.post(url, {"policy": own.pk})
    assert not ticket.clocks.exists()
