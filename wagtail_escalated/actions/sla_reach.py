"""Which tickets a policy is for, asked of the database at once: ``sla_policies.choose_policy`` for many.

The policy may be one that is only being edited, so what it asks stands apart from its row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wagtail_escalated.conditions.structure import query_of
from wagtail_escalated.models import Department, SLAPolicy, Ticket
from wagtail_escalated.models.contacts import normalise_address


@dataclass(frozen=True, slots=True)
class Reach:
    """A policy's place among the others, and its conditions: keys, types, domains, a tree of custom fields."""

    #: The row that it stands for; ``None`` for a policy that was never saved.
    policy: int | None
    name: str
    active: bool = True
    is_default: bool = False
    sort_order: int = 0
    departments: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: SLAPolicy) -> Reach:
        """As the policy is saved."""
        return cls(
            policy=policy.pk,
            name=policy.name,
            active=policy.active,
            is_default=policy.is_default,
            sort_order=policy.sort_order,
            departments=[row.pk for row in policy.for_departments.all()],
            tags=[row.pk for row in policy.for_tags.all()],
            types=policy.for_types,
            domains=policy.for_domains.split(),
            fields=policy.for_fields,
        )

    @property
    def has_conditions(self) -> bool:
        return bool(self.departments or self.tags or self.types or self.domains or self.fields)


def tickets_for_policy(tickets: QuerySet[Ticket], reach: Reach) -> QuerySet[Ticket]:
    """Those of the tickets that would fall under the policy, as they are today."""
    own = Q(sla_policy=reach.policy) if reach.policy else Q(pk__in=[])
    if not reach.active:
        return tickets.filter(own)
    others = SLAPolicy.objects.filter(active=True).exclude(pk=reach.policy or 0)
    first = Q(sort_order__lt=reach.sort_order) | Q(sort_order=reach.sort_order, name__lt=reach.name)
    before, all_of_them = _reaches(others.filter(first)), _reaches(others)
    by_conditions = _meets_any([reach]) & ~_meets_any(before)
    by_none = ~_meets_any([reach, *all_of_them])
    left = _of_its_departments(reach) | _left_over(reach)
    return tickets.filter(own | Q(sla_policy=None) & (by_conditions | by_none & left))


def _reaches(policies: QuerySet[SLAPolicy]) -> list[Reach]:
    return [Reach.of(row) for row in policies.prefetch_related("for_departments", "for_tags")]


def _of_its_departments(reach: Reach) -> Q:
    return Q(department__sla_policy=reach.policy) if reach.policy else Q(pk__in=[])


def _left_over(reach: Reach) -> Q:
    """Of no department whose policy is active: for the default one."""
    if not reach.is_default:
        return Q(pk__in=[])
    served = Q(sla_policy__active=True) & ~Q(sla_policy=reach.policy or 0)
    return ~Q(Exists(Department.objects.filter(served, pk=OuterRef("department"))))


def _meets_any(reaches: list[Reach]) -> Q:
    """In a query of its own, so that *not* means what it says where a column is empty."""
    wanted = Q(pk__in=[])
    for reach in reaches:
        if reach.has_conditions:
            wanted |= _meets(reach)
    return Q(Exists(Ticket.objects.filter(wanted, pk=OuterRef("pk"))))


def _meets(reach: Reach) -> Q:
    met = Q()
    if reach.departments:
        met &= Q(department__in=reach.departments)
    if reach.types:
        met &= Q(type__in=reach.types)
    if reach.tags:
        tagged = Ticket.tags.through.objects.filter(ticket=OuterRef("pk"), tag__in=reach.tags)
        met &= Q(Exists(tagged))
    if reach.domains:
        met &= _writes_from(reach.domains)
    if reach.fields:
        met &= query_of(reach.fields, now=timezone.now())
    return met


def _writes_from(domains: list[str]) -> Q:
    found = Q()
    for domain in map(as_addressed, domains):
        found |= Q(requester__address__endswith=f"@{domain}")
        found |= Q(requester__address__endswith=f".{domain}")
    return found


def as_addressed(domain: str) -> str:
    """As contacts' addresses have it: lower case, and ``münchen.de`` in the letters that mail uses."""
    return normalise_address(f"x@{domain}").removeprefix("x@")
