"""A person's address and name in what others wrote, and in what the desk keeps in any table of its own.

The address names nobody else, so it goes wherever it stands. A name may be another's, or a word ("Will",
"Ed"), so it goes as a whole and only where that person took part.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import or_
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.db.models import CharField, Field, JSONField, Model, Q, TextField
from django.db.models.functions import Cast
from wagtail.models import ModelLogEntry, Page

from wagtail_escalated.models import (
    Automation,
    BulkItem,
    BulkRun,
    Contact,
    IdempotencyKey,
    Macro,
    SavedView,
    UndoToken,
    WebhookDelivery,
    Workflow,
)

#: What stands where somebody's words stood. Not translated: it is data, in no reader's language.
ERASED = "[erased]"
#: What serves for a while and is of no use with a gap in it.
PASSING = (WebhookDelivery, IdempotencyKey, UndoToken, BulkItem, BulkRun)
#: They ask for an address, and go on asking, for one that nobody has.
ASKING = (SavedView, Macro, Workflow, Automation)
#: Characters of an address: behind or before one of them stands another address.
_BEFORE, _AFTER = r"(?<![\w.!#$%&*+/=?^`{|}~-])", r"(?![\w-]|\.\w)"


@dataclass(frozen=True, slots=True)
class Person:
    address: str
    name: str
    #: The address of the row that stays.
    nobody: str
    _address: re.Pattern[str] = field(repr=False)
    _name: re.Pattern[str] | None = field(repr=False)

    @classmethod
    def of(cls, contact: Contact) -> Person:
        address, name = contact.address, contact.name.strip()
        spellings = "|".join(map(re.escape, {address, quote(address)}))
        return cls(
            address,
            name,
            f"erased-{contact.pk}@erased.invalid",
            re.compile(f"{_BEFORE}(?:{spellings}){_AFTER}", re.IGNORECASE),
            _whole(name) if name else None,
        )

    def without_address(self, text: str, instead: str = ERASED) -> str:
        return self._address.sub(instead, text)

    def without(self, text: str) -> str:
        """Without the address and without the name as a whole, in plain text or in HTML."""
        text = self.without_address(text)
        return self._name.sub(ERASED, text) if self._name else text


def _whole(name: str) -> re.Pattern[str]:
    written = {name, html.escape(name)}
    spellings = "|".join(r"\s+".join(map(re.escape, one.split())) for one in written)
    return re.compile(rf"(?<!\w)(?:{spellings})(?!\w)", re.IGNORECASE)


def through(value: Any, change: Callable[[str], str]) -> Any:
    """Each text in a text, or in what JSON holds, changed."""
    if isinstance(value, dict):
        return {key: through(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [through(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def clean(row: Model, names: Iterable[str], change: Callable[[str], str]) -> dict[str, Any]:
    """Change the texts in these columns of a row; the new values of those that are others now."""
    changed = {}
    for name in names:
        before = getattr(row, name)
        after = through(before, change)
        if after != before:
            limit = getattr(row._meta.get_field(name), "max_length", None)
            changed[name] = after[:limit] if isinstance(after, str) else after
            setattr(row, name, changed[name])
    return changed


def forget_address(person: Person) -> None:
    """In every table of the desk, and in Wagtail's log; one query for each where it stands nowhere."""
    for model in _tables():
        columns = _texts(model)
        rows = model._base_manager.filter(pk__in=_naming(model, columns, person))
        if model in PASSING:
            rows.delete()
            continue
        instead = person.nobody if model in ASKING else ERASED
        change = partial(person.without_address, instead=instead)
        for row in rows:
            if changed := clean(row, columns, change):
                model._base_manager.filter(pk=row.pk).update(**changed)


def _tables() -> Iterator[type[Model]]:
    for config in apps.get_app_configs():
        if config.label.startswith("wagtail_escalated"):
            yield from (model for model in config.get_models() if _is_kept_here(model))
    yield ModelLogEntry


def _is_kept_here(model: type[Model]) -> bool:
    """Not what is published, and not the row of the person."""
    return model is not Contact and not issubclass(model, Page)


def _texts(model: type[Model]) -> list[str]:
    """Columns in which somebody may have written something."""
    return [field.name for field in model._meta.concrete_fields if _is_text(field)]


def _is_text(field: Field) -> bool:
    if isinstance(field, JSONField):
        return True
    free = not (field.unique or field.choices or field.is_relation)
    return free and isinstance(field, CharField | TextField)


def _naming(model: type[Model], columns: list[str], person: Person) -> list[Any]:
    """The keys of the rows in which the address stands."""
    if not columns:
        return []
    as_text = {f"as_text_{name}": Cast(name, TextField()) for name in columns}
    spellings = {person.address, quote(person.address), json.dumps(person.address)[1:-1]}
    named = reduce(
        or_, (Q(**{f"{name}__icontains": word}) for name in as_text for word in spellings)
    )
    rows = model._base_manager.annotate(**as_text).filter(named)
    return list(rows.values_list("pk", flat=True))
