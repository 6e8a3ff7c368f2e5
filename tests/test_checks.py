"""``manage.py check``: each misconfiguration is named with its setting and how to mend it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.utils import timezone

from tests.factories import make_agent, make_user
from wagtail_escalated.models import AgentProfile
from wagtail_escalated.schedules import install_schedules

ROOT = Path(__file__).resolve().parent.parent


def ours(**kwargs):
    found = run_checks(**kwargs)
    return {
        one.id.removeprefix("wagtail_escalated."): one for one in found if "escalated" in one.id
    }


def with_desk(settings, **values):
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | values


def test_the_settings_of_the_tests_are_right():
    assert set(ours()) <= {"W003", "W020", "W021"}


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"INBOUND_SECRET": None}, "W002", "['INBOUND_SECRET'] is not set"),
        ({"MAIL_DOMAIN": "localhost"}, "W004", "['MAIL_DOMAIN'] is not set"),
        ({"INBOUND_SECRT": "x"}, "E002", "has no setting 'INBOUND_SECRT'"),
        ({"SLA": {"ENABLD": True}}, "E002", "['SLA'] has no setting 'ENABLD'"),
        ({"POLL_SECONDS": "15"}, "E003", "['POLL_SECONDS'] must be a whole number"),
        ({"SNS_TOPIC_ARNS": "arn:aws"}, "E003", "['SNS_TOPIC_ARNS'] must be a list of texts"),
        ({"UI_ENABLED": 1}, "E003", "['UI_ENABLED'] must be True or False"),
        ({"SLA": {"WARNING_MINUTES": None}}, "E003", "['WARNING_MINUTES'] must be a whole number"),
        ({"STATUS_TRANSITIONS": {"open": ["done"]}}, "E004", "unknown status 'done'"),
        ({"STATUS_TRANSITIONS": {"new": ["open"]}}, "E004", "unknown status 'new'"),
        ({"DEFAULT_PRIORITY": "normal"}, "E005", "which is no priority"),
        ({"AGENT_CHECK": "nowhere.check"}, "E006", "['AGENT_CHECK'] cannot be used"),
        ({"ADMIN_CHECK": 5}, "E006", "['ADMIN_CHECK'] cannot be used"),
        ({"REFERENCE_PREFIX": "esc-"}, "E007", "['REFERENCE_PREFIX']"),
        ({"INBOUND_PROVIDERS": ["sendgrid"]}, "E008", "names 'sendgrid'"),
        ({"PORTAL_URL": "https://x/{ticket}"}, "E009", "unknown fields: ticket"),
        ({"API_ALLOWED_ORIGINS": ["https://x.example/"]}, "E010", "which is not an origin"),
        ({"API_ALLOWED_ORIGINS": ["*"]}, "E010", "names '*'"),
        ({"UI_ENABLED": False}, "W001", "['PORTAL_URL'] is not set"),
        ({"INBOUND_SECRET": "short"}, "W003", "['INBOUND_SECRET'] is short"),
    ],
)
def test_a_wrong_setting_is_named(settings, values, code, words):
    with_desk(settings, **values)

    message = ours()[code]

    assert words in message.msg
    assert message.hint


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("WAGTAIL_ESCALATED", ["x"], "E001", "must be a dict"),
        ("Q_CLUSTER", {}, "E021", "Q_CLUSTER is not set"),
        ("Q_CLUSTER", {"orm": "default"}, "E022", "Q_CLUSTER['timeout'] is not set"),
        ("Q_CLUSTER", {"timeout": 60, "retry": 60}, "E023", "Q_CLUSTER['retry'] (60)"),
        ("Q_CLUSTER", {"timeout": 90}, "E023", "must be greater"),
        ("Q_CLUSTER", {"timeout": 60, "retry": 120}, "W020", "max_attempts"),
        ("Q_CLUSTER", {"timeout": 60, "retry": 120}, "W023", "in-memory layer"),
        ("CHANNEL_LAYERS", {}, "W022", "CHANNEL_LAYERS"),
        ("ASGI_APPLICATION", None, "W024", "ASGI_APPLICATION"),
        ("ALLOWED_HOSTS", ["*"], "W025", "ALLOWED_HOSTS"),
        ("USE_TZ", False, "E026", "USE_TZ"),
    ],
)
def test_a_setting_of_others_that_we_need_is_named(settings, name, value, code, words):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    setattr(settings, name, value)

    message = ours()[code]

    assert words in message.msg
    assert message.hint


def test_files_where_visitors_are_served_from_are_an_error(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "escalated": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "tickets")},
        }
    }

    assert "['STORAGE_ALIAS']" in ours()["E025"].msg


def test_the_folder_that_is_taken_without_a_storage_is_outside(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with_desk(settings, STORAGE_ALIAS="nowhere")

    assert not {"E024", "E025"} & set(ours())


def test_no_channels_are_needed_where_nothing_is_live(settings):
    with_desk(settings, REALTIME_ENABLED=False)
    settings.CHANNEL_LAYERS, settings.ALLOWED_HOSTS = {}, ["*"]

    assert not {"W022", "W023", "W024", "W025", "E020"} & set(ours())


def test_mails_that_go_nowhere_are_named_before_going_live():
    assert "EMAIL_BACKEND" in ours(include_deployment_checks=True)["W026"].msg


@pytest.mark.parametrize("missing", ["django_q", "wagtail.contrib.settings", "drf_spectacular"])
def test_a_missing_app_is_named(tmp_path, missing):
    (tmp_path / "lacking.py").write_text(
        "from tests.settings import *\n"
        f"INSTALLED_APPS = [app for app in INSTALLED_APPS if app != {missing!r}]\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "check"],
        cwd=ROOT,
        env=os.environ
        | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "DJANGO_SETTINGS_MODULE": "lacking"},
        capture_output=True,
        text=True,
    )

    assert result.returncode
    assert f"'{missing}'" in result.stderr
    assert "INSTALLED_APPS" in result.stderr


@pytest.mark.django_db
def test_an_agent_without_access_to_the_admin_is_named():
    make_agent("right")
    wrong = AgentProfile.objects.create(user=make_user("wrong"))

    found = [one.msg for one in run_checks(databases=["default"]) if one.id.endswith(".W040")]

    assert found == [f"The agent {wrong} has no access to the admin."]


@pytest.mark.django_db
def test_missing_schedules_and_a_worker_that_was_never_seen_are_named():
    found = ours(databases=["default"])

    assert "escalated_check_sla" in found["W041"].msg
    assert "No worker has been seen yet." in found["W042"].msg


@pytest.mark.django_db
def test_a_worker_that_stopped_is_named_with_the_time():
    from django_q.models import Schedule

    install_schedules()
    Schedule.objects.update(task="x", next_run=timezone.now() - timedelta(hours=2))
    stopped = ours(databases=["default"])
    Schedule.objects.update(next_run=timezone.now() + timedelta(seconds=20))
    running = ours(databases=["default"])

    assert "No worker has been seen since" in stopped["W042"].msg
    assert "W041" not in stopped
    assert "W042" not in running


@pytest.mark.django_db
@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "mysql", reason="only MariaDB has zones in tables")
def test_a_database_that_knows_no_time_zones_is_named():
    found = ours(databases=["default"])

    assert ("W043" in found) is (not connection.features.has_zoneinfo_database)
    if "W043" in found:
        assert "mysql_tzinfo_to_sql" in found["W043"].hint
