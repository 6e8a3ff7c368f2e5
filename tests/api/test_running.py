"""What managers look after: jobs, the setup, the mails of a site, and its settings."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail as outbox
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Schedule
from wagtail.models import GroupSitePermission, ModelLogEntry, Page, Site

from tests.factories import make_editor, make_reader, make_user, permission_named
from wagtail_escalated import jobs
from wagtail_escalated.mail import preview
from wagtail_escalated.models import DeskSettings, JobRun

pytestmark = [pytest.mark.django_db, pytest.mark.services]
CHANGE = "wagtail_escalated.change_desksettings"


@pytest.fixture
def site():
    return Site.objects.get()


@pytest.fixture
def keeper(manager):
    """A manager to whom the settings are given, as the group of managers has them."""
    call_command("escalated_install", verbosity=0)
    manager.groups.add(Group.objects.get(name="Support managers"))
    return manager


@pytest.fixture
def everybody_else(agent, ann, sales, strangers):
    reader = make_reader(departments=(sales,)).user
    return [agent.user, ann, reader, *strangers.values()]


def test_each_job_tells_when_it_ran_how_long_and_with_what_result(api, keeper):
    start = timezone.now() - timedelta(minutes=3)
    JobRun.objects.create(
        name="escalated_send_mail",
        started_at=start,
        finished_at=start + timedelta(seconds=2),
        ok=False,
        result="ConnectionRefusedError: no server",
    )
    Schedule.objects.filter(name="escalated_check_sla").update(next_run=start - timedelta(hours=1))
    told = {row["name"]: row for row in api(keeper).get("jobs/").json()["results"]}
    assert set(told) == set(jobs.JOBS)
    failed = told["escalated_send_mail"]
    assert (failed["last"]["ok"], failed["seconds"], failed["failures"]) == (False, 2.0, 1)
    assert failed["last"]["result"] == "ConnectionRefusedError: no server"
    never = told["escalated_check_sla"]
    assert (never["last"], never["minutes"], never["is_late"]) == (None, 1, True)


def test_more_runs_take_no_more_queries(api, keeper):
    program = api(keeper)
    program.get("jobs/")
    with CaptureQueriesContext(connection) as few:
        program.get("jobs/")
    for minute in range(30):
        at = timezone.now() - timedelta(minutes=minute)
        JobRun.objects.create(name="escalated_purge", started_at=at)
    with CaptureQueriesContext(connection) as many:
        program.get("jobs/")
    assert len(many) == len(few)


def test_the_setup_names_what_misses_and_the_next_step(api, keeper, settings):
    settings.WAGTAIL_ESCALATED = {}
    told = api(keeper).get("setup/").json()
    steps = {step["name"]: step for step in told["steps"]}
    assert (steps["Mail domain"]["done"], steps["Schedules"]["done"]) == (False, True)
    assert "MAIL_DOMAIN" in steps["Mail domain"]["said"]
    assert "/support/webhook/email/inbound" in steps["Incoming mail"]["said"]
    assert told["missing"] == sum(step["done"] is False for step in told["steps"]) > 0
    assert {"W004"} <= {check["id"].rpartition(".")[2] for check in told["checks"]}


def test_a_mail_is_shown_as_it_would_be_sent(api, keeper, site):
    DeskSettings.objects.create(site=site, sender_name="Acme", sender_address="desk@acme.example")
    for kind in preview.KINDS:
        told = api(keeper).get("mails/", {"kind": kind}).json()
        assert told["kind"] == kind and told["subject"] and told["text"] and "<html" in told["html"]
        assert told["sender"] == "Acme <desk@acme.example>"
    german = api(keeper).get("mails/", {"language": "de", "site": site.pk}).json()
    assert 'lang="de"' in german["html"]
    for name, value in (("kind", "poem"), ("language", "xx"), ("site", "999")):
        wrong = api(keeper).get("mails/", {name: value})
        assert (wrong.status_code, list(wrong.json())) == (400, [name])
    assert outbox.outbox == []


def test_a_test_mail_goes_to_who_asks_and_to_nobody_else(api, keeper, monkeypatch):
    sent = api(keeper).post("mails/test/", {"kind": "resolved", "language": "en"})
    assert (sent.status_code, sent.json()) == (200, {"address": keeper.email})
    [letter] = outbox.outbox
    assert letter.to == [keeper.email]

    def refuse(message):
        raise ConnectionRefusedError("no server")

    monkeypatch.setattr(type(letter), "send", refuse)
    refused = api(keeper).post("mails/test/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_sent")
    assert "no server" in refused.json()["detail"]
    statuses = [api(keeper).post("mails/test/", {}).status_code for _time in range(20)]
    assert statuses[-1] == 429
    keeper.email = ""
    keeper.save()
    assert api(keeper).post("mails/test/", {}).json()["code"] == "no_address"


def test_settings_are_read_and_changed_with_the_log_that_wagtail_keeps(api, keeper, site, ann):
    program, path = api(keeper), f"desk-settings/{site.pk}/"
    [listed] = program.get("desk-settings/").json()["results"]
    assert (listed["site"], listed["name"], listed["colour"]) == (site.pk, "", "#00676a")
    assert not DeskSettings.objects.exists(), "reading a list writes nothing"
    changed = program.patch(path, {"name": "Acme", "survey_enabled": True, "keep_closed_days": 90})
    assert changed.status_code == 200, changed.text
    row = DeskSettings.objects.get()
    assert (row.name, row.survey_enabled, row.keep_closed_days) == ("Acme", True, 90)
    assert program.get(path).json() == changed.json()
    assert ModelLogEntry.objects.filter(action="wagtail.edit", user=keeper).exists()
    for wrong, field in (
        ({"colour": "red"}, "colour"),
        ({"guest_policy": "user"}, "guest_user"),
        ({"guest_user": "999999"}, "guest_user"),
        ({"keep_closed_days": 0}, "keep_closed_days"),
        ({"survey_delay_hours": 721}, "survey_delay_hours"),
        ({"sender_address": "x"}, "sender_address"),
        ({"business_hours": 999}, "business_hours"),
    ):
        answer = program.patch(path, wrong)
        assert (answer.status_code, list(answer.json())) == (400, [field])
    taken_on = program.patch(path, {"guest_policy": "user", "guest_user": str(ann.pk)})
    assert taken_on.json()["guest_user"] == str(ann.pk)


def test_who_keeps_one_site_sees_and_changes_no_other(api, site):
    page = Page.objects.get(depth=1)
    other = Site.objects.create(hostname="other.example", root_page=page)
    group = Group.objects.create(name="Of one site")
    GroupSitePermission.objects.create(group=group, site=other, permission=permission_named(CHANGE))
    user = make_editor("of-one-site")
    user.groups.add(group)
    program = api(user)
    assert [row["site"] for row in program.get("desk-settings/").json()["results"]] == [other.pk]
    assert program.patch(f"desk-settings/{other.pk}/", {"name": "Ours"}).status_code == 200
    assert program.get(f"desk-settings/{site.pk}/").status_code == 404
    assert program.patch(f"desk-settings/{site.pk}/", {"name": "Ours"}).status_code == 404
    assert DeskSettings.objects.get().site == other


def test_many_sites_take_as_many_queries_as_one(api, keeper):
    program, page = api(keeper), Page.objects.get(depth=1)
    program.get("desk-settings/")
    with CaptureQueriesContext(connection) as few:
        program.get("desk-settings/")
    for number in range(5):
        other = Site.objects.create(hostname=f"{number}.example", root_page=page)
        DeskSettings.objects.create(site=other, name=str(number))
    with CaptureQueriesContext(connection) as many:
        assert len(program.get("desk-settings/").json()["results"]) == 6
    assert len(many) == len(few)


@pytest.mark.parametrize("path", ["jobs/", "setup/", "mails/", "desk-settings/"])
def test_it_is_for_those_who_look_after_the_desk(api, keeper, everybody_else, path):
    assert api(keeper).get(path).status_code == 200
    assert api().get(path).status_code == 401
    assert {api(user).get(path).status_code for user in everybody_else} == {403}
    assert api(make_user()).get(path).status_code == 403


def test_changing_it_takes_the_scope_for_that(api, keeper, everybody_else, site):
    path = f"desk-settings/{site.pk}/"
    writer = api(keeper, scopes=["read", "write"])
    assert writer.patch(path, {"name": "Mine"}).status_code == 403
    for user in everybody_else:
        assert api(user).patch(path, {"name": "Mine"}).status_code == 403
        assert api(user).post("mails/test/", {}).status_code == 403
    assert outbox.outbox == []
    assert not DeskSettings.objects.filter(name="Mine").exists()
