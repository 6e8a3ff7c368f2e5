"""What a test begins with: functions that call actions, so that each state can be reached."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from wagtail.models import Site

from wagtail_escalated.actions import tickets
from wagtail_escalated.actions.contacts import contact_for_address, contact_for_user
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import AgentProfile, Contact, Department, Ticket

_numbers = count(1)

ADMIN_ACCESS = "wagtailadmin.access_admin"


def make_user(name: str = "", *, permissions: tuple[str, ...] = (), **fields: Any) -> Any:
    """An account with an address; works for any user model."""
    model = get_user_model()
    number = next(_numbers)
    name = name or f"user{number}"
    values = {model.get_email_field_name(): f"{name}@example.com"}
    if model.USERNAME_FIELD not in values:
        values[model.USERNAME_FIELD] = name
    values |= fields
    user = model(**values)
    user.set_password("password")
    user.save()
    for permission in permissions:
        user.user_permissions.add(permission_named(permission))
    return user


def permission_named(name: str) -> Permission:
    app_label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


def make_agent(
    name: str = "", *, departments: tuple[Department, ...] = (), **profile: Any
) -> AgentProfile:
    """An agent with no more rights than an agent has. ``agent.user`` is the account."""
    user = make_user(name, permissions=(ADMIN_ACCESS, "wagtail_escalated.work_tickets"))
    return _profile(user, departments, **profile)


def make_reader(name: str = "", *, departments: tuple[Department, ...] = ()) -> AgentProfile:
    """An agent who may read and not work."""
    user = make_user(name, permissions=(ADMIN_ACCESS, "wagtail_escalated.view_tickets"))
    return _profile(user, departments)


def _profile(user: Any, departments: tuple[Department, ...], **profile: Any) -> AgentProfile:
    agent = AgentProfile.objects.create(user=user, **profile)
    for department in departments:
        department.agents.add(agent)
    return agent


def make_manager(name: str = "") -> Any:
    return make_user(
        name,
        permissions=(
            ADMIN_ACCESS,
            "wagtail_escalated.manage_desk",
            "wagtail_escalated.work_tickets",
        ),
    )


def make_editor(name: str = "") -> Any:
    """Somebody with access to the admin and no right at the desk."""
    return make_user(name, permissions=(ADMIN_ACCESS,))


def make_department(name: str = "", **fields: Any) -> Department:
    name = name or f"Department {next(_numbers)}"
    slug = name.lower().replace(" ", "-")
    return Department.objects.create(name=name, slug=slug, **fields)


def make_contact(address: str = "", name: str = "") -> Contact:
    return contact_for_address(address or f"customer{next(_numbers)}@example.net", name=name)


def make_customer(name: str = "") -> Any:
    """An account whose contact is joined with it."""
    user = make_user(name)
    contact_for_user(user)
    return user


def make_ticket(
    *,
    requester: Any = None,
    actor: Any = None,
    subject: str = "My printer is on fire",
    description: str = "It burns since this morning.",
    **fields: Any,
) -> Ticket:
    requester = requester or make_contact()
    return tickets.create(
        subject=subject,
        description=description,
        requester=requester,
        actor=actor or requester,
        **fields,
    )


def system_ticket(**fields: Any) -> Ticket:
    return make_ticket(actor=SYSTEM, **fields)


def default_site() -> Site:
    return Site.objects.get(is_default_site=True)
