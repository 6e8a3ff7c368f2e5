"""Conditions as they are stored, checked, asked of the database and told to people.

A group is ``{"match": "all" | "any", "conditions": [leaf or group, …]}``, a leaf ``{"field", "operator",
"value"}``; the outermost group has a ``version``. Without conditions, every ticket meets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_escalated.bodies import storable
from wagtail_escalated.models import Ticket

from .fields import NEGATED, OPERATORS, WITHOUT_VALUE, Asked, ConditionField, query_for
from .known import Known

VERSION = 1
DEEPEST, MOST = 5, 50
LONGEST_TEXT = 200


@dataclass(slots=True)
class Errors:
    """Sentences by their place, ``"0.2"`` being the third of the first group."""

    at: dict[str, str] = field(default_factory=dict)

    def add(self, place: tuple[int, ...], message: str) -> None:
        self.at.setdefault(".".join(map(str, place)), message)


def clean(data: Any, known: Known) -> tuple[dict[str, Any], Errors]:
    """What can be stored, and what is wrong with it: a field, a choice or a row that is not there."""
    errors = Errors()
    if not data:
        return {}, errors
    if not isinstance(data, dict) or data.get("version", VERSION) != VERSION:
        errors.add((), _("These conditions cannot be read."))
        return {}, errors
    counter = _Counter()
    cleaned = _clean_group(data, known, errors, (), counter)
    return {"version": VERSION, **cleaned} if cleaned["conditions"] else {}, errors


class _Counter:
    count = 0


def _clean_group(
    data: dict[str, Any], known: Known, errors: Errors, place: tuple[int, ...], counter: _Counter
) -> dict[str, Any]:
    rows = data.get("conditions", [])
    if len(place) >= DEEPEST or not isinstance(rows, list):
        errors.add(place, _("Conditions are nested at most %(limit)s deep.") % {"limit": DEEPEST})
        rows = []
    cleaned = []
    for number, row in enumerate(rows):
        here = (*place, number)
        counter.count += 1
        if counter.count > MOST:
            errors.add(here, _("A rule has at most %(limit)s conditions.") % {"limit": MOST})
            break
        if not isinstance(row, dict):
            errors.add(here, _("This condition cannot be read."))
        elif "conditions" in row:
            group = _clean_group(row, known, errors, here, counter)
            if group["conditions"]:
                cleaned.append(group)
        else:
            cleaned.append(_clean_leaf(row, known, errors, here))
    return {"match": "any" if data.get("match") == "any" else "all", "conditions": cleaned}


def _clean_leaf(
    row: dict[str, Any], known: Known, errors: Errors, place: tuple[int, ...]
) -> dict[str, Any]:
    leaf = {"field": row.get("field"), "operator": row.get("operator")}
    found = known.fields.get(str(leaf["field"]))
    if found is None:
        errors.add(place, _("What this condition asks about no longer exists."))
    elif leaf["operator"] not in found.operators:
        errors.add(place, _("Choose how to compare."))
    elif leaf["operator"] not in WITHOUT_VALUE:
        leaf["value"], wrong = clean_value(found, as_text(row.get("value")), known)
        if wrong:
            errors.add(place, wrong)
    return leaf


def as_text(value: Any) -> Any:
    """A value, or a list of them, without what no database takes and no answer can repeat."""
    if isinstance(value, list):
        return [storable(item) if isinstance(item, str) else item for item in value]
    return storable(value) if isinstance(value, str) else value


def clean_value(found: ConditionField, value: Any, known: Known) -> tuple[Any, str]:
    """The value as it is stored, and a sentence where it is none."""
    if found.value_kind == "choices":
        return clean_keys(value, choices_of(found, known))
    if found.value_kind == "number":
        return _clean_number(found, value)
    if found.value_kind == "date":
        return clean_day(value)
    text = " ".join(str(value or "").split())
    if not text:
        return "", _("Write what to look for.")
    if len(text) > LONGEST_TEXT:
        return text, _("At most %(limit)s characters.") % {"limit": LONGEST_TEXT}
    return text, ""


def choices_of(found: Any, known: Known) -> dict[str, str]:
    """Of a field or an action: its own, or those of its vocabulary."""
    return dict(found.choices) or known.choices(found.vocabulary)


def clean_day(value: Any) -> tuple[str, str]:
    """A date as ``2026-05-01``."""
    try:
        return date.fromisoformat(str(value)).isoformat(), ""
    except ValueError:
        return str(value or "")[:20], _("Choose a date.")


def clean_keys(value: Any, choices: dict[str, str]) -> tuple[list[str], str]:
    """Keys of choices; one that is gone is named by its number, as its name is gone, too."""
    values = value if isinstance(value, list) else [value]
    keys = list(dict.fromkeys(str(key) for key in values if key not in (None, "")))
    if not keys:
        return [], _("Choose something.")
    gone = [key for key in keys if key not in choices]
    if gone:
        message = ngettext(
            "What was chosen here no longer exists (number %(keys)s).",
            "Some of what was chosen here no longer exists (numbers %(keys)s).",
            len(gone),
        )
        return keys, message % {"keys": ", ".join(gone)[:100]}
    return keys, ""


def _clean_number(found: ConditionField, value: Any) -> tuple[Any, str]:
    text = str(value if value is not None else "").strip()
    number = _number(text, found.places)
    if number is None:
        wrong = (
            _("Write a number, such as 12 or 2.5.") if found.places else _("Write a whole number.")
        )
        return text[:20], wrong
    if not found.lowest <= number <= found.highest:
        return number, _("From %(lowest)s to %(highest)s.") % {
            "lowest": found.lowest,
            "highest": found.highest,
        }
    return number, ""


def _number(text: str, places: int) -> int | float | None:
    try:
        number = Decimal(text)
        if not number.is_finite() or number != number.quantize(Decimal(1).scaleb(-places)):
            return None
    except InvalidOperation:
        return None
    return int(number) if number == int(number) else float(number)


def query_of(data: dict[str, Any], *, now: datetime) -> Q:
    """One query for all of them. Raises ``KeyError`` for a field that is not there: check first."""
    if not data:
        return Q()
    if "conditions" in data:
        return _query_of_group(data, now)
    ask, operator = query_for(data["field"]), data["operator"]
    positive = ask(Asked(NEGATED.get(operator, operator), data.get("value"), now))
    return ~positive if operator in NEGATED else positive


def _query_of_group(data: dict[str, Any], now: datetime) -> Q:
    query = Q()
    for row in data["conditions"]:
        if data.get("match") == "any":
            query |= query_of(row, now=now)
        else:
            query &= query_of(row, now=now)
    return query


def matching(
    tickets: QuerySet[Ticket], data: dict[str, Any], *, now: datetime | None = None
) -> QuerySet[Ticket]:
    """Those that meet the conditions; never spam, nor what was merged into another."""
    tickets = tickets.filter(is_spam=False, merged_into=None)
    return tickets.filter(query_of(data, now=now or timezone.now()))


def leaves(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The conditions themselves, whichever groups they stand in."""
    for row in data.get("conditions", ()):
        if "conditions" in row:
            yield from leaves(row)
        else:
            yield row


def sentences(data: dict[str, Any], known: Known) -> list[str]:
    """One for each of the outermost conditions, in the reader's language."""
    return [_sentence(row, known) for row in data.get("conditions", [])]


def _sentence(row: dict[str, Any], known: Known) -> str:
    if "conditions" in row:
        joint = _(" or ") if row.get("match") == "any" else _(" and ")
        return "(" + joint.join(_sentence(inner, known) for inner in row["conditions"]) + ")"
    found = known.fields.get(row["field"])
    label = str(found.label) if found else str(row["field"])
    operator = str(OPERATORS.get(row["operator"], row["operator"]))
    if row["operator"] in WITHOUT_VALUE or found is None:
        return _("%(field)s %(operator)s") % {"field": label, "operator": operator}
    return _("%(field)s %(operator)s %(value)s") % {
        "field": label,
        "operator": operator,
        "value": _value_in_words(found, row.get("value"), known),
    }


def _value_in_words(found: ConditionField, value: Any, known: Known) -> str:
    if found.value_kind == "choices":
        choices = choices_of(found, known)
        return ", ".join(choices.get(str(key), str(key)) for key in value)
    return f"{value} {found.unit}" if found.unit else f"“{value}”"
