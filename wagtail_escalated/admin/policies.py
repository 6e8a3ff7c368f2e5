"""Who manages which rows in the admin: Wagtail's permission policies for the desk's configuration.

Generic edit, delete, inspect and history views ask whether a user may touch the *model*; ``scoped`` narrows each
of them to ``instances_user_has_any_permission_for`` of the policies here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from django.db.models import Case, Model, Q, QuerySet, Value, When
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_escalated.admin.compat import register_permission_policy
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import CannedResponse, Contact, Macro
from wagtail_escalated.permissions import (
    agent_profile,
    is_agent,
    is_manager,
    tickets_for,
    works_inside,
)

WRITING = frozenset({"add", "change", "delete"})


class DeskPolicy(ModelPermissionPolicy):
    """Django's permissions of the model, or the host's own ``ADMIN_CHECK`` where it is set."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        if desk_settings.ADMIN_CHECK:
            return is_manager(user)
        return super().user_has_permission(user, action)


class RowPolicy(DeskPolicy):
    """Some rows for some people: subclasses say which rows an action reaches."""

    def rows(self, user: Any, actions: Collection[str]) -> Q | None:
        """The rows on which ``user`` may do any of ``actions``; ``None`` for no row at all."""
        raise NotImplementedError

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Collection[str]
    ) -> QuerySet[Any]:
        rows = self.rows(user, actions)
        objects = self.model._default_manager
        return objects.none() if rows is None else objects.filter(rows)

    def with_rights(self, rows: QuerySet[Any], user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        """Rows that know what ``user`` may do with them, so that a list asks once for all of them."""
        return rows.annotate(
            **{f"_may_{action}": _as_value(self.rows(user, [action])) for action in actions}
        )

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Model) -> bool:
        known = getattr(instance, f"_may_{action}", None)
        if known is not None:
            return known
        reached = self.instances_user_has_any_permission_for(user, [action])
        return reached.filter(pk=instance.pk).exists()


class OwnAndSharedPolicy(RowPolicy):
    """Each agent keeps their own; managers keep the shared ones; agents read those of their departments."""

    def user_has_permission(self, user, action):
        if action == "view" and works_inside(user):
            return True
        return super().user_has_permission(user, action) or is_agent(user)

    def user_has_any_permission(self, user, actions):
        # "view" first: a manager is known by it without a query, and every page of the admin asks.
        return super().user_has_any_permission(user, sorted(actions, key=lambda a: a != "view"))

    def rows(self, user, actions):
        rows = None
        if WRITING & set(actions):
            rows = self._writable(user, actions)
        if "view" in actions and works_inside(user):
            rows = Q(owner=user) | self._shared(user) | (rows or Q(pk__in=[]))
        return rows

    def _writable(self, user, actions):
        rows = None
        if is_agent(user):
            rows = Q(owner=user)
        if any(super(OwnAndSharedPolicy, self).user_has_permission(user, a) for a in actions):
            rows = (rows or Q(owner=user)) | Q(owner=None)
        return rows

    def _shared(self, user):
        shared = Q(owner=None)
        if is_manager(user):
            return shared
        departments = departments_of(user)
        return shared & (Q(department=None) | Q(department_id__in=departments))


class ContactPolicy(RowPolicy):
    """Managers keep contacts; agents read about those whose tickets they may see."""

    def user_has_permission(self, user, action):
        if action == "view" and works_inside(user):
            return True
        return super().user_has_permission(user, action)

    def rows(self, user, actions):
        if any(super(ContactPolicy, self).user_has_permission(user, a) for a in actions):
            return Q()
        if "view" in actions and works_inside(user):
            return Q(pk__in=tickets_for(user, "view_internal").values("requester_id"))
        return None


def _as_value(rows: Q | None) -> Any:
    if rows is None:
        return Value(False)
    return Case(When(rows, then=Value(True)), default=Value(False)) if rows else Value(True)


def departments_of(user: Any) -> list[int]:
    """The keys of an agent's departments."""
    profile = agent_profile(user)
    return list(profile.memberships.values_list("department_id", flat=True)) if profile else []


OWN_POLICIES = {
    CannedResponse: OwnAndSharedPolicy,
    Macro: OwnAndSharedPolicy,
    Contact: ContactPolicy,
}


@cache
def policy_for(model: type[Model]) -> DeskPolicy:
    """The one policy of a model of the desk's configuration."""
    policy = OWN_POLICIES.get(model, DeskPolicy)(model)
    register_permission_policy(model, policy)
    return policy
