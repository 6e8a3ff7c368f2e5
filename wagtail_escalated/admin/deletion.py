"""What a row is used by, read from the database's own relations, for the page that asks before deleting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _


class Usage(NamedTuple):
    count: int
    label: str
    #: The database refuses to delete the row while these are there.
    blocks: bool
    #: They go with it.
    goes_along: bool

    def __str__(self) -> str:
        return _("%(count)s %(things)s") % {
            "count": number_format(self.count, force_grouping=True),
            "things": self.label,
        }


def usages_of(instance: models.Model) -> list[Usage]:
    """Each kind of row that points at ``instance``, what blocks first, then the most."""
    usages = [usage for usage in _counted(instance) if usage.count]
    return sorted(usages, key=lambda usage: (not usage.blocks, -usage.count))


def _counted(instance: models.Model) -> Iterator[Usage]:
    for relation in _relations(type(instance)):
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: instance})
        count = rows.count()
        yield Usage(
            count=count,
            label=_label(relation, model, count),
            blocks=relation.on_delete is models.PROTECT,
            goes_along=relation.on_delete is models.CASCADE and not model._meta.auto_created,
        )


def _relations(model: type[models.Model]) -> Iterator[Any]:
    """Foreign keys to the model; a plain many-to-many counts by its rows in between."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one):
            yield field


def _label(relation: Any, model: type[models.Model], count: int) -> str:
    """The plural of what uses it: the tickets of a tag, not the rows between them."""
    if model._meta.auto_created:
        model = model._meta.auto_created
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)
