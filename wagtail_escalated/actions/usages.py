"""What a row is used by, read from the database's own relations: who deletes it should know before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_escalated.actions.custom_fields import tickets_with
from wagtail_escalated.actions.rules.naming import rules_naming, views_naming
from wagtail_escalated.actions.sla_policies import policies_asking
from wagtail_escalated.models import CustomField, SLAPolicy, Ticket


@dataclass(frozen=True, slots=True)
class Usage:
    count: int
    label: str
    model: type[models.Model]
    #: The database refuses to delete the row while these are there.
    blocks: bool = False
    #: They go with it.
    goes_along: bool = False
    #: They name it by its key, which the database does not know, and do nothing without it.
    breaks: bool = False

    @property
    def effect(self) -> str:
        """What becomes of them, or of the deletion: ``blocks``, ``goes_along``, ``breaks`` or ``stays``."""
        words = ("blocks", "goes_along", "breaks")
        return next((word for word in words if getattr(self, word)), "stays")

    def __str__(self) -> str:
        return _("%(count)s %(things)s") % {
            "count": number_format(self.count, force_grouping=True),
            "things": self.label,
        }


def usages_of(instance: models.Model) -> list[Usage]:
    """Each kind of row that points at ``instance``, what blocks first, then the most."""
    counted = _of_field(instance) if isinstance(instance, CustomField) else _counted(instance)
    usages = [usage for usage in (*counted, *_named_by(instance)) if usage.count]
    return sorted(usages, key=lambda usage: (not usage.blocks, -usage.count))


def _counted(instance: models.Model) -> Iterator[Usage]:
    for relation in _relations(type(instance)):
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: instance})
        count, told = rows.count(), _told(model)
        yield Usage(
            count,
            _plural(told, count),
            told,
            blocks=relation.on_delete is models.PROTECT,
            goes_along=relation.on_delete is models.CASCADE and not model._meta.auto_created,
        )


def _of_field(field: CustomField) -> Iterator[Usage]:
    """Tickets, not rows; an SLA policy that asks for an answer of the field keeps it."""
    policies, tickets = len(policies_asking(field)), tickets_with(field)
    yield Usage(policies, _plural(SLAPolicy, policies), SLAPolicy, blocks=True)
    values = ngettext("ticket's value", "tickets' values", tickets)
    yield Usage(tickets, values, Ticket, goes_along=True)


def _named_by(instance: models.Model) -> Iterator[Usage]:
    """The rules and saved views that name a row by its key."""
    for rows in (rules_naming(instance), views_naming(instance)):
        by_model: dict[type[models.Model], int] = {}
        for row in rows:
            by_model[type(row)] = by_model.get(type(row), 0) + 1
        for model, count in by_model.items():
            yield Usage(count, _plural(model, count), model, breaks=True)


def _relations(model: type[models.Model]) -> Iterator[Any]:
    """Foreign keys to the model; a plain many-to-many counts by its rows in between."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            yield field


def _told(model: type[models.Model]) -> type[models.Model]:
    """What uses it: the tickets of a tag, not the rows between them."""
    # Of a table in between, Django keeps here the model that has the many-to-many field.
    return cast(type[models.Model], model._meta.auto_created or model)


def _plural(model: type[models.Model], count: int) -> str:
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)
