"""What the reference says is what the code has: nothing forgotten, nothing made up."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.routes import own_routes
from wagtail_escalated import signals
from wagtail_escalated.conf import DEFAULT_TRANSITIONS, DEFAULTS
from wagtail_escalated.permissions import RULES
from wagtail_escalated.schedules import SCHEDULES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "wagtail_escalated"
REFERENCE = ROOT / "docs" / "reference"


def page(name):
    return (REFERENCE / f"{name}.md").read_text()


def test_the_settings_page_names_each_setting_and_no_other():
    terms = re.findall(r"^(`[A-Z_`, ]+`)$", page("settings"), re.MULTILINE)
    assert sorted(re.findall(r"[A-Z_]+", " ".join(terms))) == sorted(DEFAULTS)


#: Told by a table, by the nested keys, or by the name of the list.
TOLD_OTHERWISE = {"STATUS_TRANSITIONS", "SLA", "BLOCKED_EXTENSIONS"}


@pytest.mark.parametrize("key", sorted(DEFAULTS.keys() - TOLD_OTHERWISE))
def test_the_settings_page_tells_the_default(key):
    term, told = re.search(rf"^(.*`{key}`.*)\n: (.*?)\n", page("settings"), re.MULTILINE).groups()
    values = re.findall(r"`([^`]+)`", told)
    position = re.findall(r"`([A-Z_]+)`", term).index(key)
    value = values[position] if len(re.findall("and", told.split(".")[0])) else values[0]
    assert value.replace('"', "'") == repr(DEFAULTS[key])


def test_the_settings_page_shows_the_transition_table():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page("settings"), re.MULTILINE)
    assert {old: re.findall(r"`(\w+)`", new) for old, new in rows} == DEFAULT_TRANSITIONS


def test_the_signals_page_names_each_signal_and_no_other():
    told = re.findall(r"^\| `(\w+)` \|", page("signals"), re.MULTILINE)
    assert sorted(told) == sorted(signals.__all__)


def test_the_rights_page_shows_the_table_of_rights():
    head, *rows = re.findall(r"^\| (`?\w+`?) \|(.*)\|$", page("permissions"), re.MULTILINE)
    roles = [role.strip() for role in head[1].split("|")]
    told = {
        verb.strip("`"): {
            role for role, mark in zip(roles, marks.split("|"), strict=True) if mark.strip()
        }
        for verb, marks in rows
    }
    assert told == {verb: set(roles) for verb, roles in RULES.items()}


def test_the_commands_page_names_each_command_and_no_other():
    told = re.findall(r"^`(\w+)[^`]*`$", page("commands"), re.MULTILINE)
    ours = [name for name, app in get_commands().items() if str(app).startswith(PACKAGE)]
    assert sorted(told) == sorted(ours)


def test_the_commands_page_tells_how_often_each_job_runs():
    spans = {1: "Each minute.", 60: "Each hour.", 60 * 24: "Each day."}
    for name, every in SCHEDULES.items():
        assert f"`{name}`\n: {spans[every.minutes]}" in page("commands")


def test_the_addresses_page_names_each_path_and_no_other():
    told = re.findall(r"^\| `([^`]+)` \| `(\w+)` \|", page("urls"), re.MULTILINE)
    ours = [
        (re.sub(r"<\w+:", "<", route.path.removeprefix("support/")), route.name)
        for route in own_routes("support/")
        if not route.path.startswith("support/api/")
    ]
    assert sorted(told) == sorted(ours)
