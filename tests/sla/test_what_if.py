"""What a policy would have meant for the tickets that it was for."""

from dataclasses import astuple
from datetime import time, timedelta

import pytest
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.sla.promises import make_hours, make_policy, make_ticket
from wagtail_escalated import tasks
from wagtail_escalated.actions import messages, sla, sla_what_if, tickets
from wagtail_escalated.actions.sla_reach import Reach
from wagtail_escalated.actions.sla_what_if import PolicyTerms
from wagtail_escalated.models import (
    Department,
    Shift,
    SLAClock,
    SLAPolicy,
    SLAReplay,
    SLATarget,
    Ticket,
)

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


def form_of(client, url):
    """The form of the page as a browser would send it back untouched."""
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    rows = {"for_fields": "", "for_departments": [], "for_tags": []}
    kept = {name: value for name, value in sent.items() if value is not None and value is not False}
    for name in ("for_departments", "for_tags"):
        kept[name] = [getattr(row, "pk", row) for row in kept.get(name) or []]
    return rows | kept | {"for_fields": ""}


def asked(client, policy, **chosen):
    """The lines of the replay of the edited form: ``{(department, priority, promise): counts}``."""
    if policy is None:
        form = reverse("escalated_sla_policies:add")
        url = reverse("escalated_sla_policies:what_if_new")
    else:
        form = reverse("escalated_sla_policies:edit", args=[policy.pk])
        url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    sent = form_of(client, form) | chosen
    sent = {name: value for name, value in sent.items() if value is not None}
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(url, sent)
    assert answer.status_code == 302, answer.context["mistakes"]
    return lines_of(client.get(answer.url))


def lines_of(response):
    return {
        (group.name, row.priority, row.promise): astuple(row.tally)
        for group in response.context["found"].groups
        for row in group.rows
    }


LINE = ("Sales", "Medium", "Resolution")


def test_other_targets_are_replayed_with_the_pauses_kept(client, policy):
    before = list(SLAClock.objects.order_by("pk").values())
    assert asked(client, policy) == {LINE: (3, 1, 3, 1)}
    assert asked(client, policy, target_medium_resolution="2h") == {LINE: (3, 1, 2, 2)}
    assert asked(client, policy, target_medium_resolution="5h") == {LINE: (3, 1, 4, 0)}
    assert asked(client, policy, target_medium_resolution="") == {LINE: (3, 1, 0, 0)}
    assert list(SLAClock.objects.order_by("pk").values()) == before
    assert set(SLATarget.objects.filter(policy=policy).values_list("minutes", flat=True)) == {180}


def test_other_statuses_that_stop_the_clock_are_told_by_the_history(client, policy):
    assert asked(client, policy, pause_statuses=None) == {LINE: (3, 1, 2, 2)}
    assert asked(client, policy, pause_statuses=["waiting_on_agent"]) == {LINE: (3, 1, 4, 0)}


def test_a_promise_that_was_never_made_is_replayed_from_the_history(client, policy):
    found = asked(client, policy, target_medium_first_response="1h")
    # Nobody ever answered. One was resolved just as the hour was over: it could still go either way.
    assert found[("Sales", "Medium", "First response")] == (0, 0, 0, 3)


def test_hours_that_the_policy_leaves_to_the_department_are_the_department_s(client, policy):
    night = make_hours("Never by chance", time_zone="UTC")
    night.shifts.all().delete()
    Shift.objects.create(hours=night, weekday=0, start=time(0), end=time(0, 1))
    Department.objects.update(business_hours=night)
    assert asked(client, policy) == {LINE: (3, 1, 3, 1)}
    assert asked(client, policy, business_medium_resolution="on") == {LINE: (3, 1, 4, 0)}


def test_a_policy_that_would_be_for_others_is_tried_on_them(client, policy):
    other = factories.make_department("Repairs")
    began = timezone.now() - timedelta(days=3)
    ticket = make_ticket(began, department=other)
    tickets.set_status(ticket, "resolved", actor=factories.make_manager("m2"), now=timezone.now())
    found = asked(client, policy, for_departments=[other.pk])
    assert found[("Repairs", "Medium", "Resolution")] == (1, 0, 0, 1)
    assert found[LINE] == (3, 1, 3, 1), "its department's still"
    elsewhere = asked(client, policy, for_departments=[other.pk], active=None)
    assert elsewhere == {LINE: (3, 1, 0, 0)}


def test_a_policy_is_tried_before_it_is_ever_saved(client, policy):
    fields = {"name": "Gold", "target_medium_resolution": "90m", "for_types": ["question"]}
    assert asked(client, None, **fields, business_medium_resolution=None) == {LINE: (3, 1, 1, 3)}
    assert SLAPolicy.objects.count() == 2, "the installed one and ours"
    page = client.get(reverse("escalated_sla_policies:add")).content.decode()
    assert f'formaction="{reverse("escalated_sla_policies:what_if_new")}"' in page


def test_it_names_tickets_that_would_be_missed_alone_then(client, policy):
    late = {
        t.reference
        for t in Ticket.objects.filter(clocks__breached_at=None, department__name="Sales")
    }
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    form = form_of(client, reverse("escalated_sla_policies:edit", args=[policy.pk]))
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(url, form | {"target_medium_resolution": "2h"})
    named = [
        ticket.reference for ticket, _promise, _due in client.get(answer.url).context["examples"]
    ]
    assert len(named) == 1
    assert set(named) <= late
    assert named[0] in client.get(answer.url + "&part=1").content.decode()


def test_the_form_leads_there_and_what_makes_no_sense_is_said(client, policy):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    edit = reverse("escalated_sla_policies:edit", args=[policy.pk])
    assert f'formaction="{url}"' in client.get(edit).content.decode()
    page = client.post(
        url, form_of(client, edit) | {"target_medium_resolution": "soon"}
    ).content.decode()
    assert "Medium, Resolution: Write it as 30m, 4h or 1d 2h." in page
    assert "What would have been" not in page
    assert "below its form" in client.get(url).content.decode()


def many(count, policy):
    """So many more tickets of the policy that are resolved."""
    ticket = Ticket.objects.filter(resolved_at__isnull=False).first()
    fields = {f.attname: getattr(ticket, f.attname) for f in Ticket._meta.concrete_fields}
    Ticket.objects.bulk_create(
        Ticket(**fields | {"id": None, "reference": f"ESC-MANY-{number}"})
        for number in range(count)
    )


def begin(policy):
    terms = PolicyTerms(Reach.of(policy), [], ["waiting_on_customer"])
    return sla_what_if.begin(policy, terms, business_hours=None, actor=None)


def test_any_number_of_tickets_is_replayed_in_as_many_queries(
    policy, django_assert_max_num_queries
):
    for more in (0, 58):
        many(more, policy)
        replay = begin(policy)
        with django_assert_max_num_queries(18):
            assert sla_what_if.go_on(replay.pk, after=0) is None
        replay.refresh_from_db()
        assert (replay.total, replay.done) == (4 + more, 4 + more)


def test_the_worker_goes_on_part_by_part_and_counts_each_once(client, policy, monkeypatch):
    many(7, policy)
    monkeypatch.setattr(sla_what_if, "BATCH", 3)
    queued = []
    monkeypatch.setattr("wagtail_escalated.tasks.enqueue", lambda *task: queued.append(task))
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    form = form_of(client, reverse("escalated_sla_policies:edit", args=[policy.pk]))
    answer = client.post(url, form | {"target_medium_resolution": "2h"})
    page = client.get(answer.url).content.decode()
    assert "0 of 11 tickets replayed" in page
    assert "admin/progress.js" in page, "without it the page would stand still"
    assert "2h around the clock" in page, "what was asked stands on the page"
    while queued:
        name, *arguments = queued.pop(0)
        getattr(tasks, name)(*arguments)
        getattr(tasks, name)(*arguments)  # delivered twice
        part = client.get(answer.url + "&part=1").content.decode()
    assert "<html" not in part
    assert "11 tickets were replayed" in part
    replay = SLAReplay.objects.get()
    assert (replay.done, replay.total) == (11, 11)
    assert sum(sum(line[5:7]) for line in replay.tallies) == 11


def test_a_replay_that_nobody_works_on_is_queued_again_by_who_looks(
    client, policy, django_capture_on_commit_callbacks
):
    replay = begin(policy)
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk]) + f"?replay={replay.pk}"
    SLAReplay.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks(execute=True):
        assert "0 of 4 tickets" in client.get(url).content.decode()
    assert "4 tickets were replayed" in client.get(url).content.decode()


@pytest.mark.parametrize("key", ["9999", "x", "1" * 40])
def test_a_replay_that_is_not_of_this_policy_is_not_there(client, policy, key):
    url = reverse("escalated_sla_policies:what_if", args=[policy.pk])
    assert client.get(url, {"replay": key}).status_code == 404


def test_only_the_latest_questions_are_kept(policy):
    for _time in range(sla_what_if.KEPT + 3):
        begin(policy)
    assert SLAReplay.objects.count() == sla_what_if.KEPT


@pytest.fixture
def office(manager):
    """A ticket that came on a Friday at four and was resolved on Monday at ten: two of two hours, in its hours."""
    hours = make_hours("Office")
    policy = make_policy(
        "In hours", targets={"resolution": 120}, default=False, business_hours=hours
    )
    friday = (timezone.now() - timedelta(days=14)).replace(hour=16, minute=0, second=0)
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    ticket = make_ticket(friday, department=factories.make_department("Sales", sla_policy=policy))
    done = friday + timedelta(days=2, hours=18)
    tickets.set_status(ticket, "resolved", actor=manager, now=done)
    make_ticket(friday, department=factories.make_department("Elsewhere"))
    return hours


def edited(*shifts):
    """The form of the hours as the browser sends it."""
    fields = {"name": "Office", "time_zone": "UTC"}
    for name, rows in (("shifts", shifts), ("holidays", ())):
        counts = {"TOTAL": len(rows), "INITIAL": 0, "MIN_NUM": 0, "MAX_NUM": 1000}
        fields |= {f"{name}-{count}_FORMS": number for count, number in counts.items()}
        for number, (weekday, start, end) in enumerate(rows):
            row = {"weekday": weekday, "start": start, "end": end}
            fields |= {f"{name}-{number}-{column}": value for column, value in row.items()}
    return fields


def replayed(client, hours, *shifts):
    url = reverse("escalated_business_hours:what_if", args=[hours.pk])
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(url, edited(*shifts))
    return lines_of(client.get(answer.url))


def test_hours_that_are_being_edited_are_replayed_and_not_saved(client, office):
    before = list(office.shifts.values())
    weekdays = [(day, "09:00", "17:00") for day in range(5)]
    assert replayed(client, office, *weekdays) == {LINE: (1, 0, 1, 0)}
    assert replayed(client, office, *weekdays, (5, "09:00", "17:00")) == {LINE: (1, 0, 0, 1)}
    assert list(office.shifts.values()) == before


def test_the_form_of_the_hours_leads_there_and_what_makes_no_sense_is_said_too(client, office):
    url = reverse("escalated_business_hours:what_if", args=[office.pk])
    form = client.get(reverse("escalated_business_hours:edit", args=[office.pk])).content.decode()
    assert f'formaction="{url}"' in form
    assert "These hours never open." in client.post(url, edited()).content.decode()
    assert "admin/progress.js" in client.get(url).content.decode()
    assert "below their form" in client.get(url).content.decode()


def test_a_replay_of_other_hours_is_not_there(client, office):
    replay = sla_what_if.begin_with_hours(make_hours("Night"), rules={}, actor=None)
    url = reverse("escalated_business_hours:what_if", args=[office.pk])
    assert client.get(url, {"replay": replay.pk}).status_code == 404
