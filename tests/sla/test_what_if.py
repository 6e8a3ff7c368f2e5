"""What a policy would have meant for the tickets that it was for."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.sla.promises import make_policy, make_ticket
from wagtail_escalated import tasks
from wagtail_escalated.actions import messages, sla, sla_what_if, tickets
from wagtail_escalated.models import SLAClock, SLAReplay, SLATarget

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    from django.contrib.auth.models import Group

    call_command("escalated_install")
    user = factories.make_manager()
    user.groups.add(Group.objects.get(name="Support managers"))
    client.force_login(user)
    return user


@pytest.fixture
def policy(manager):
    """Four tickets of last week, resolved after one to four hours and paused for one; three hours are promised."""
    policy = make_policy("Ours", targets={"resolution": 180}, default=False)
    sales = factories.make_department("Sales", sla_policy=policy)
    began = timezone.now() - timedelta(days=7)
    for hours in (1, 2, 3, 4):
        ticket = make_ticket(began, department=sales)
        tickets.set_status(ticket, "waiting_on_customer", actor=manager, now=began)
        now = began + timedelta(hours=1)
        messages.reply(ticket, body="Here.", actor=ticket.requester, now=now)
        now += timedelta(hours=hours)
        tickets.set_status(ticket, "resolved", actor=manager, now=now)
    make_ticket(began - timedelta(days=100), department=sales)
    sla.check_breaches(began + timedelta(days=1))
    return policy


def line(client, policy, **chosen):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(url, chosen)
    response = client.get(answer.url)
    lines = [line for line in response.context["lines"] if line[2] == "Resolution"]
    assert [tuple(line[:2]) for line in lines] == [("Sales", "Medium")]
    tally = lines[0][3]
    return tally.kept, tally.missed, tally.would_keep, tally.would_miss


def test_other_targets_are_replayed_with_the_pauses_kept(client, policy):
    before = list(SLAClock.objects.order_by("pk").values())
    assert line(client, policy, target_medium_resolution="3h") == (3, 1, 3, 1)
    assert line(client, policy, target_medium_resolution="2h") == (3, 1, 2, 2)
    assert line(client, policy, target_medium_resolution="5h") == (3, 1, 4, 0)
    assert line(client, policy, target_high_resolution="5h") == (3, 1, 0, 0)
    assert list(SLAClock.objects.order_by("pk").values()) == before
    assert set(SLATarget.objects.filter(policy=policy).values_list("minutes", flat=True)) == {180}


def test_the_page_begins_with_the_policy_as_it_is(client, policy):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    page = client.get(url).content.decode()
    assert 'value="3h"' in page
    assert "What would have been" not in page


def test_what_nobody_could_promise_is_an_error_at_its_field(client, policy):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    page = client.post(url, {"target_medium_resolution": "soon"}).content.decode()
    assert "Write it as 30m, 4h or 1d 2h." in page
    assert "What would have been" not in page


def many(count):
    """So many more clocks of the policy that are decided."""
    clock = SLAClock.objects.filter(met_at__isnull=False).first()
    fields = {f.attname: getattr(clock, f.attname) for f in SLAClock._meta.concrete_fields}
    SLAClock.objects.bulk_create(
        SLAClock(**{**fields, "id": None, "round": number}) for number in range(2, 2 + count)
    )


def test_any_number_of_promises_is_replayed_in_as_many_queries(
    policy, django_assert_max_num_queries
):
    for more in (0, 58):
        many(more)
        asked = sla_what_if.begin(policy, targets=[], business_hours=None, actor=None)
        with django_assert_max_num_queries(4):
            assert sla_what_if.go_on(asked.pk, after=0) is None
        asked.refresh_from_db()
        assert (asked.total, asked.done) == (4 + more, 4 + more)


def test_the_worker_goes_on_part_by_part_and_counts_each_once(client, policy, monkeypatch):
    many(7)
    monkeypatch.setattr(sla_what_if, "BATCH", 3)
    queued = []
    monkeypatch.setattr("wagtail_escalated.tasks.enqueue", lambda *task: queued.append(task))
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    answer = client.post(url, {"target_medium_resolution": "2h"})
    page = client.get(answer.url).content.decode()
    assert "0 of 11 promises replayed" in page
    assert 'value="2h"' in page, "what was asked stands in the form"
    while queued:
        name, *arguments = queued.pop(0)
        getattr(tasks, name)(*arguments)
        getattr(tasks, name)(*arguments)  # delivered twice
        part = client.get(answer.url + "&part=1").content.decode()
    assert "<html" not in part
    assert "11 promises were replayed" in part
    asked = SLAReplay.objects.get()
    assert (asked.done, asked.total) == (11, 11)
    assert sum(sum(line[3:5]) for line in asked.tallies) == 11


def test_a_replay_that_nobody_works_on_is_queued_again_by_who_looks(
    client, policy, django_capture_on_commit_callbacks
):
    asked = sla_what_if.begin(policy, targets=[], business_hours=None, actor=None)
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk]) + f"?replay={asked.pk}"
    SLAReplay.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks(execute=True):
        assert "0 of 4 promises" in client.get(url).content.decode()
    assert "4 promises were replayed" in client.get(url).content.decode()


@pytest.mark.parametrize("asked", ["9999", "x", "1" * 40])
def test_a_replay_that_is_not_of_this_policy_is_not_there(client, policy, asked):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    assert client.get(url, {"replay": asked}).status_code == 404


def test_only_the_latest_questions_are_kept(policy):
    for _time in range(sla_what_if.KEPT + 3):
        sla_what_if.begin(policy, targets=[], business_hours=None, actor=None)
    assert SLAReplay.objects.count() == sla_what_if.KEPT
