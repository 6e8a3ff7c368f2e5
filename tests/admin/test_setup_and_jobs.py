"""The pages that say what is still missing, and what the worker did."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule

from tests.admin.people import agent, installed, manager
from tests.factories import make_department, system_ticket
from wagtail_escalated import jobs
from wagtail_escalated.models import BusinessHours, InboundEmail, JobRun, OutboundEmail
from wagtail_escalated.tokens import reply_address

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(client):
    installed()
    client.force_login(manager())


def steps(client):
    response = client.get(reverse("wagtail_escalated_admin:setup"))
    return {str(step.name): step for step in response.context["steps"]}


def test_a_new_desk_is_told_each_next_step(client, settings):
    settings.WAGTAIL_ESCALATED = {}

    found = steps(client)

    assert not found["Mail domain"].is_done
    assert "MAIL_DOMAIN" in str(found["Mail domain"].said)
    assert "INBOUND_SECRET" in str(found["Shared secret"].said)
    assert "/support/webhook/email/inbound" in str(found["Incoming mail"].said)
    assert "qcluster" in str(found["Worker"].said)
    assert found["Departments"].is_done is False
    assert found["Agents"].is_done is False
    assert found["Schedules"].is_done


def test_what_is_in_place_says_so(client):
    make_department("Sales", address="sales@support.example.com")
    agent()
    Schedule.objects.update(task="x", next_run=timezone.now() + timedelta(seconds=30))

    found = steps(client)

    assert found["Mail domain"].is_done
    assert found["Worker"].is_done
    assert found["Departments"].is_done
    assert found["Agents"].is_done
    assert found["Promises"].is_done


def test_business_hours_in_a_zone_that_is_gone_from_here_are_named(client):
    hours = BusinessHours.objects.create(name="Branch", time_zone="Mars/Olympus")

    found = steps(client)["Promises"]

    assert found.is_done is False
    assert "Mars/Olympus" in str(found.said)
    assert found.url == reverse("escalated_business_hours:edit", args=[hours.pk])


def test_it_tells_when_answers_cannot_come_back(client):
    """Twenty replies left, letters come, and none of them to a signed address."""
    name = "Answers to our mails"
    assert steps(client)[name].is_done is None
    long_ago = timezone.now() - timedelta(days=3)
    for number in range(20):
        mail = {"address": f"{number}@customer.example", "key": str(number), "send_after": long_ago}
        OutboundEmail.objects.create(kind="reply", state="sent", sent_at=long_ago, **mail)
    assert steps(client)[name].is_done is None  # nobody wrote at all
    letter = {"provider": "raw", "received_at": long_ago}
    InboundEmail.objects.create(recipient="lamps@support.example.com", **letter)
    assert steps(client)[name].is_done is False
    assert "the whole domain" in str(steps(client)[name].said)
    InboundEmail.objects.create(recipient=reply_address(1).upper(), **letter)
    assert steps(client)[name].is_done


def job(client, name):
    response = client.get(reverse("wagtail_escalated_admin:jobs"))
    return next(one for one in response.context["jobs"] if one.name == name)


def test_every_job_says_when_it_ran_how_long_and_with_what_result(client):
    system_ticket()
    call_command("escalated_close_resolved", verbosity=0)

    done = job(client, "escalated_close_resolved")

    assert done.last.ok
    assert done.last.result == "0 tickets closed"
    assert done.seconds >= 0
    assert job(client, "escalated_check_sla").last is None
    scheduled = set(Schedule.objects.values_list("name", flat=True))
    assert set(jobs.JOBS) <= scheduled


def test_a_job_that_failed_says_why(client):
    JobRun.objects.create(
        name="escalated_send_mail",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        ok=False,
        result="ConnectionRefusedError: no server",
    )

    page = client.get(reverse("wagtail_escalated_admin:jobs")).content.decode()

    assert "ConnectionRefusedError" in page
    assert "1 failed run" in page


def test_each_job_says_in_words_what_it_does_and_how_often(client):
    page = client.get(reverse("wagtail_escalated_admin:jobs")).content.decode()
    assert "Reads new articles for their meaning" in page
    assert "of an app installed beside" not in page
    assert {job(client, name).every for name in ("escalated_check_sla", "escalated_purge")} == {
        "1 min",
        "24 h",
    }


def test_a_schedule_that_nobody_runs_is_overdue(client):
    Schedule.objects.update(next_run=timezone.now() - timedelta(hours=1))

    assert job(client, "escalated_check_sla").is_late


def test_the_jobs_are_read_in_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    for number in range(40):
        JobRun.objects.create(
            name="escalated_send_mail", started_at=timezone.now() - timedelta(minutes=number)
        )
    with django_assert_max_num_queries(20):
        client.get(reverse("wagtail_escalated_admin:jobs"))


def test_wagtails_home_says_what_waits(client):
    user = agent()
    client.force_login(user)
    system_ticket()

    page = client.get(reverse("wagtailadmin_home")).content.decode()

    assert "1 ticket waiting for you" in page
