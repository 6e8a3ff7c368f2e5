"""Which policy a ticket falls under, and what that promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone

from wagtail_escalated.actions.calendars import current_version
from wagtail_escalated.actions.sla_reach import as_addressed
from wagtail_escalated.batches import remembered
from wagtail_escalated.conditions.structure import leaves, query_of
from wagtail_escalated.field_conditions import PREFIX
from wagtail_escalated.models import (
    BusinessHours,
    CalendarVersion,
    CustomField,
    Department,
    DeskSettings,
    Metric,
    SLAPolicy,
    SLATarget,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class Promise:
    policy: SLAPolicy
    metric: Metric
    target: timedelta
    calendar: CalendarVersion | None


def promises_for(ticket: Ticket, metrics: Iterable[str] = Metric.values) -> dict[str, Promise]:
    """What the ticket's policy promises at its priority, by metric. Two queries, seldom four."""
    policy = choose_policy(ticket)
    if policy is None:
        return {}
    wanted = set(metrics)
    targets = remembered(
        ("targets", policy.pk), lambda: list(SLATarget.objects.filter(policy=policy))
    )
    fitting = [one for one in targets if one.priority == ticket.priority and one.metric in wanted]
    return promises_from(policy, fitting, ticket)


def promises_from(
    policy: SLAPolicy, targets: Iterable[SLATarget], ticket: Ticket
) -> dict[str, Promise]:
    targets = list(targets)
    in_hours = any(target.business_time for target in targets)
    version = _version_for(policy, ticket) if in_hours else None
    return {
        target.metric: Promise(
            policy,
            Metric(target.metric),
            timedelta(minutes=target.minutes),
            version if target.business_time else None,
        )
        for target in targets
    }


def choose_policy(ticket: Ticket) -> SLAPolicy | None:
    """Its own, active or not; the first whose conditions it meets; its department's; the default."""
    policies = _candidates(ticket)
    by_fields = _that_fit_by_fields(policies, ticket)
    chosen = (
        [policy for policy in policies if policy.pk == ticket.sla_policy_id]
        or [policy for policy in policies if policy.active and _is_for(policy, ticket, by_fields)]
        or [policy for policy in policies if policy.active and policy.is_departments]
        or [policy for policy in policies if policy.active and policy.is_default]
    )
    return chosen[0] if chosen else None


def _candidates(ticket: Ticket) -> list[SLAPolicy]:
    """Within a batch, those of another ticket where the department alone makes the difference."""
    if ticket.sla_policy_id is not None:
        return _load_candidates(ticket)
    known = remembered(("policies", ticket.department_id), lambda: _load_candidates(ticket))
    if any(policy.wants_tags for policy in known):
        return _load_candidates(ticket)
    return known


def _load_candidates(ticket: Ticket) -> list[SLAPolicy]:
    departments = SLAPolicy.for_departments.through.objects.filter(slapolicy=OuterRef("pk"))
    tags = SLAPolicy.for_tags.through.objects.filter(slapolicy=OuterRef("pk"))
    its_department = Department.objects.filter(
        pk=cast(int, ticket.department_id), sla_policy=OuterRef("pk")
    )
    return list(
        SLAPolicy.objects.filter(Q(active=True) | Q(pk=ticket.sla_policy_id))
        .select_related("business_hours__current")
        .annotate(
            is_departments=Exists(its_department),
            wants_departments=Exists(departments),
            fits_department=Exists(departments.filter(department=ticket.department_id)),
            wants_tags=Exists(tags),
            fits_tags=Exists(tags.filter(tag__in=ticket.tags.values("pk"))),
        )
    )


def _that_fit_by_fields(policies: Iterable[SLAPolicy], ticket: Ticket) -> set[int]:
    """The keys of those whose conditions on custom fields the ticket meets: one query, where there are any."""
    now = timezone.now()
    asked = {
        f"fits_{policy.pk}": Case(
            When(query_of(policy.for_fields, now=now), then=Value(True)), default=Value(False)
        )
        for policy in policies
        if policy.for_fields and policy.active
    }
    if not asked:
        return set()
    fits = Ticket.objects.filter(pk=ticket.pk).annotate(**asked).values(*asked).get()
    return {int(name.removeprefix("fits_")) for name, fit in fits.items() if fit}


def policies_asking(field: CustomField, answers: Collection[str] = ()) -> list[SLAPolicy]:
    """Those whose conditions name the field; with ``answers``, one of these keys."""
    return [
        policy
        for policy in SLAPolicy.objects.all()
        for leaf in leaves(policy.for_fields)
        if leaf["field"] == PREFIX + field.key
        and (not answers or set(answers) & set(leaf.get("value") or ()))
    ]


def fields_that_decide() -> set[str]:
    """The keys of the custom fields that active policies ask about."""
    rows = SLAPolicy.objects.filter(active=True).values_list("for_fields", flat=True)
    return {leaf["field"].removeprefix(PREFIX) for row in rows for leaf in leaves(row)}


def _is_for(policy: SLAPolicy, ticket: Ticket, by_fields: Collection[int]) -> bool:
    """Whether the policy has conditions, and the ticket meets each of them."""
    domains = [as_addressed(domain) for domain in policy.for_domains.split()]
    wanted = (
        policy.wants_departments
        or policy.wants_tags
        or policy.for_fields
        or policy.for_types
        or domains
    )
    return bool(
        wanted
        and (policy.fits_department or not policy.wants_departments)
        and (policy.fits_tags or not policy.wants_tags)
        and (policy.pk in by_fields or not policy.for_fields)
        and (not policy.for_types or ticket.type in policy.for_types)
        and (not domains or _writes_from(ticket, domains))
    )


def _writes_from(ticket: Ticket, domains: list[str]) -> bool:
    domain = ticket.requester.address.rpartition("@")[2]
    return any(domain == wanted or domain.endswith(f".{wanted}") for wanted in domains)


def _version_for(policy: SLAPolicy, ticket: Ticket) -> CalendarVersion | None:
    hours = policy.business_hours or _fallback_hours(ticket)
    return current_version(hours) if hours else None


def _fallback_hours(ticket: Ticket) -> BusinessHours | None:
    """The department's business hours, else those in the settings of the ticket's site."""
    hours = BusinessHours.objects.select_related("current")
    if ticket.department_id and (own := hours.filter(departments=ticket.department_id).first()):
        return own
    of_site = DeskSettings.objects.filter(site=ticket.site_id).values("business_hours")
    return hours.filter(pk__in=of_site).first()
