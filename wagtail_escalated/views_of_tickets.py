"""The inbox's views: the standing ones, and how many tickets each holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wagtail_escalated import filters
from wagtail_escalated.filters import ME, NOBODY, TicketFilter
from wagtail_escalated.models import SavedView, Ticket
from wagtail_escalated.permissions import agent_profile, is_manager

#: Counts are exact up to one less; more is shown as "99+".
COUNT_CAP = 100


class StandingView(NamedTuple):
    label: Promise
    #: Leads to it after "g".
    letter: str
    filter: TicketFilter
    ordering: str = filters.DEFAULT_ORDERING


STANDING_VIEWS: dict[str, StandingView] = {
    "mine": StandingView(_("Mine"), "m", TicketFilter(open=True, snoozed=False, assignee=(ME,))),
    "unassigned": StandingView(
        _("Unassigned"), "u", TicketFilter(open=True, snoozed=False, assignee=(NOBODY,))
    ),
    "waiting": StandingView(
        _("Waiting for us"),
        "w",
        TicketFilter(
            snoozed=False,
            status=("open", "in_progress", "waiting_on_agent", "escalated", "reopened"),
        ),
        "next_due_at",
    ),
    "breaching": StandingView(
        _("Breaching soon"),
        "b",
        TicketFilter(open=True, sla=("breached", "due_soon")),
        "next_due_at",
    ),
    "all": StandingView(_("All open"), "a", TicketFilter(open=True)),
    "snoozed": StandingView(_("Snoozed"), "s", TicketFilter(open=True, snoozed=True)),
    "mentions": StandingView(_("Mentions"), "t", TicketFilter(mentions=True)),
}


def saved_views_for(user: Any) -> QuerySet[SavedView]:
    """The user's own views and those shared with them."""
    profile = agent_profile(user)
    departments = profile.memberships.values("department_id") if profile else []
    visible = Q(owner=user) | Q(sharing=SavedView.Sharing.EVERYBODY)
    if is_manager(user):
        visible |= Q(sharing=SavedView.Sharing.DEPARTMENT)
    else:
        visible |= Q(sharing=SavedView.Sharing.DEPARTMENT, department__in=departments)
    return SavedView.objects.filter(visible)


def deletable_views(user: Any) -> QuerySet[SavedView]:
    """One's own, and for managers what others share: somebody who left cannot tidy up any more."""
    deletable = Q(owner=user)
    if is_manager(user):
        deletable |= ~Q(sharing=SavedView.Sharing.PRIVATE)
    return saved_views_for(user).filter(deletable)


def count_views(
    tickets: QuerySet[Ticket],
    wanted: Mapping[str, TicketFilter],
    *,
    user: Any,
    zone: str = "UTC",
    now: datetime | None = None,
) -> dict[str, int]:
    """How many of ``tickets`` each filter holds, at most ``COUNT_CAP``, in one query for all of them."""
    return count_at_once(narrowed(tickets, wanted, user=user, zone=zone, now=now))


def narrowed(
    tickets: QuerySet[Ticket],
    wanted: Mapping[str, TicketFilter],
    *,
    user: Any,
    zone: str = "UTC",
    now: datetime | None = None,
) -> dict[str, QuerySet[Ticket]]:
    return {
        name: filters.apply(tickets, filter_, user=user, zone=zone, now=now)
        for name, filter_ in wanted.items()
    }


def count_at_once(wanted: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each has, at most ``COUNT_CAP``, in one query for all of them."""
    counts = dict.fromkeys(wanted, 0)
    names, selects, parameters = [], [], []
    for name, rows in wanted.items():
        try:
            sql, values = rows.order_by().values("pk")[:COUNT_CAP].query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        # Only the ORM's own SQL is put together here; every value is a parameter.
        selects.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted_{len(names)})")  # noqa: S608
        parameters.extend(values)
    if names:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(selects)}", parameters)  # noqa: S608
            counts.update(zip(names, cursor.fetchone(), strict=True))
    return counts
