"""``manage.py escalated_install``."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django_q.models import Schedule

from wagtail_escalated.models import BusinessHours, SLAPolicy, Tag
from wagtail_escalated.permissions import is_manager

pytestmark = pytest.mark.django_db


def install():
    out = StringIO()
    call_command("escalated_install", stdout=out)
    return out.getvalue()


def codenames(group):
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))


def member_of(group):
    user = get_user_model().objects.create_user(
        **{get_user_model().USERNAME_FIELD: f"{group.replace(' ', '.').lower()}@example.com"}
    )
    user.groups.add(Group.objects.get(name=group))
    return user


def test_a_new_desk_gets_groups_schedules_tags_and_a_policy_and_says_so_in_one_line():
    Group.objects.filter(name__startswith="Support").delete()

    line = install()

    assert line.count("\n") == 1
    assert line.startswith("Groups: 2 new; tags: 4 new; SLA policy: 1 new;")
    assert codenames("Support agents") == {"access_admin", "view_tickets", "work_tickets"}
    assert SLAPolicy.objects.get(default_key=True).targets.count() == 15
    assert BusinessHours.objects.get().shifts.count() == 5
    assert Schedule.objects.exists()


def test_a_second_run_changes_nothing():
    install()
    schedules = list(Schedule.objects.order_by("pk").values())

    line = install()

    assert line == "Groups: 0 new; tags: 0 new; SLA policy: 0 new; schedules: 0 new.\n"
    assert list(Schedule.objects.order_by("pk").values()) == schedules


def test_what_a_manager_removed_does_not_come_back():
    install()
    Tag.objects.filter(name="bug").delete()
    SLAPolicy.objects.update(name="Ours")

    install()

    assert not Tag.objects.filter(name="bug").exists()
    assert SLAPolicy.objects.get().name == "Ours"


def test_permissions_that_were_added_by_hand_stay():
    install()
    agents = Group.objects.get(name="Support agents")
    agents.permissions.add(*Group.objects.get(name="Support managers").permissions.all())

    install()

    assert "manage_desk" in codenames("Support agents")


def test_managers_may_manage_whatever_is_configured():
    install()

    assert is_manager(member_of("Support managers"))
    assert {
        "add_department",
        "change_slapolicy",
        "delete_tag",
        "change_desksettings",
        "delete_businesshours",
    } <= codenames("Support managers")
    assert not is_manager(member_of("Support agents"))
