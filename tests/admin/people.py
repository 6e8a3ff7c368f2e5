"""Whoever comes to the admin's doors, with the rights that ``escalated_install`` gives and no others."""

from io import StringIO

from django.contrib.auth.models import Group
from django.core.management import call_command

from tests.factories import make_user
from wagtail_escalated.models import AgentProfile

PASSWORD = "password"


def installed():
    call_command("escalated_install", stdout=StringIO())


def member_of(group, name=""):
    user = make_user(name)
    user.groups.add(Group.objects.get(name=group))
    return user


def manager(name=""):
    return member_of("Support managers", name)


def agent(name="", departments=()):
    user = member_of("Support agents", name)
    profile = AgentProfile.objects.create(user=user)
    profile.departments.set(departments)
    return user
