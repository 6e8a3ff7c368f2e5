"""Groups with their permissions, the schedules, and what a new desk begins with."""

from datetime import time

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.contrib.settings.models import BaseSiteSetting

from wagtail_escalated import models, schedules

AGENTS, MANAGERS = "Support agents", "Support managers"
AGENT_PERMISSIONS = ("view_tickets", "work_tickets")
MANAGER_PERMISSIONS = (*AGENT_PERMISSIONS, "manage_desk")

#: What managers add, change and delete; each has its pages in the menu *Support*.
CONFIGURATION = (
    models.AgentProfile,
    models.Automation,
    models.BlockedSender,
    models.BusinessHours,
    models.CannedResponse,
    models.Contact,
    models.CustomField,
    models.Department,
    models.Macro,
    models.Organisation,
    models.SLAPolicy,
    models.Tag,
    models.WebhookEndpoint,
    models.Workflow,
)

DEFAULT_TAGS = {
    "billing": "#7a4d00",
    "bug": "#a61b1b",
    "feature request": "#1d5fa8",
    "feedback": "#2f6b3a",
}

P, M = models.Priority, models.Metric
#: Minutes of business time: first response, next response, resolution.
DEFAULT_TARGETS = {
    P.CRITICAL: (30, 60, 4 * 60),
    P.URGENT: (60, 2 * 60, 8 * 60),
    P.HIGH: (2 * 60, 4 * 60, 16 * 60),
    P.MEDIUM: (4 * 60, 8 * 60, 40 * 60),
    P.LOW: (8 * 60, 16 * 60, 80 * 60),
}


class Command(BaseCommand):
    help = (
        "Creates the groups, schedules, tags and the SLA policy of a support desk. May run again."
    )

    def handle(self, *args, **options):
        with transaction.atomic():
            groups = [
                install_group(AGENTS, permissions_of_tickets(AGENT_PERMISSIONS)),
                install_group(MANAGERS, manager_permissions()),
            ]
            tags = install_tags()
            policy = install_policy()
        new = schedules.install_schedules()
        self.stdout.write(
            f"Groups: {sum(groups)} new; tags: {tags} new; SLA policy: {int(policy)} new; "
            f"schedules: {len(new)} new."
        )


def install_group(name, permissions):
    """Whether the group is new. What a manager has added to it stays."""
    group, created = Group.objects.get_or_create(name=name)
    group.permissions.add(*permissions)
    return created


def permissions_of_tickets(codenames):
    """Created here where ``post_migrate`` has not been, as in a test that begins with a bare database."""
    ticket = ContentType.objects.get_for_model(models.Ticket)
    names = dict(models.Ticket._meta.permissions)
    permissions = [
        Permission.objects.get_or_create(
            content_type=ticket, codename=codename, defaults={"name": names[codename]}
        )[0]
        for codename in codenames
    ]
    return [*permissions, access_admin()]


def access_admin():
    return Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")


def manager_permissions():
    types = ContentType.objects.get_for_models(*CONFIGURATION, *site_settings()).values()
    return [
        *permissions_of_tickets(MANAGER_PERMISSIONS),
        *Permission.objects.filter(content_type__in=types),
    ]


def site_settings():
    """The settings per site of the desk and of what is installed beside it."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, BaseSiteSetting)
        and model._meta.app_label.startswith("wagtail_escalated")
    ]


def install_tags():
    """How many tags are new; none where somebody has made tags of their own."""
    if models.Tag.objects.exists():
        return 0
    for name, colour in DEFAULT_TAGS.items():
        models.Tag.objects.create(name=name, colour=colour)
    return len(DEFAULT_TAGS)


def install_policy():
    """Whether the default policy is new; a desk that has a policy keeps what it has."""
    if models.SLAPolicy.objects.exists():
        return False
    policy = models.SLAPolicy.objects.create(
        name=_("Standard"), default_key=True, business_hours=office_hours()
    )
    models.SLATarget.objects.bulk_create(
        models.SLATarget(policy=policy, priority=priority, metric=metric, minutes=minutes)
        for priority, promises in DEFAULT_TARGETS.items()
        for metric, minutes in zip(
            (M.FIRST_RESPONSE, M.NEXT_RESPONSE, M.RESOLUTION), promises, strict=True
        )
    )
    return True


def office_hours():
    hours = models.BusinessHours.objects.first()
    if hours is not None:
        return hours
    hours = models.BusinessHours.objects.create(
        name=_("Office hours"), time_zone=settings.TIME_ZONE or "UTC"
    )
    for weekday in range(5):
        models.Shift.objects.create(hours=hours, weekday=weekday, start=time(9), end=time(17))
    return hours
