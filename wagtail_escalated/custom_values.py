"""What a custom field's value is: read from any door, checked by its type, told to people and to programs.

A value is text, a ``Decimal``, a ``date``, a ``bool``, or a tuple of ``FieldChoice`` (one or several); ``None``
where there is none. ``plain`` texts are what programs read: ``2.5``, ``2026-05-01``, ``true``, a choice's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q, prefetch_related_objects
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from wagtail_escalated.exceptions import InvalidFieldValue
from wagtail_escalated.models import CustomField, CustomFieldValue, FieldType, Ticket
from wagtail_escalated.models.custom_fields import TEXT_LENGTH

Value = Any
TRUE, FALSE = "true", "false"
_WORDS = {TRUE: True, "yes": True, "1": True, "on": True, FALSE: False, "no": False, "0": False}
#: What the column holds: eleven digits before the point, four behind it.
_LARGEST, _PLACES = Decimal(10) ** 11, Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class FieldOfTicket:
    """A field and what a ticket says in it. ``belongs``: its department has the field."""

    field: CustomField
    value: Value
    belongs: bool = True

    @property
    def text(self) -> str:
        return shown(self.field, self.value)

    @property
    def plain(self) -> list[str]:
        return plain(self.field, self.value)


def read(field: CustomField, raw: Any) -> Value | None:
    """The value that was meant, by a form, by JSON or in Python. Raises ``InvalidFieldValue``."""
    if raw is None or raw == "" or raw == [] or raw == ():
        return None
    return _READERS[field.type](field, raw)


def plain(field: CustomField, value: Value | None) -> list[str]:
    """As texts for programs: none, one, or one for each of several choices."""
    if value is None:
        return []
    if field.has_choices:
        return [choice.key for choice in value]
    return [_plain_one(value)]


def as_json(type_: str, texts: Sequence[str]) -> Any:
    """Plain texts as the API tells them: a list only where there may be several."""
    if type_ == FieldType.SEVERAL:
        return list(texts)
    if not texts:
        return None
    if type_ == FieldType.NUMBER:
        number = Decimal(texts[0])
        return int(number) if number == number.to_integral_value() else float(number)
    return texts[0] == TRUE if type_ == FieldType.YES_NO else texts[0]


def shown(field: CustomField, value: Value | None) -> str:
    """For people, in their language and manner of writing; empty where there is none."""
    if value is None:
        return ""
    if field.has_choices:
        return ", ".join(choice.label for choice in value)
    if field.type == FieldType.YES_NO:
        return _("Yes") if value else _("No")
    if field.type == FieldType.DATE:
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(localize(value)) if field.type == FieldType.NUMBER else value


def value_of(field: CustomField, rows: Iterable[CustomFieldValue]) -> Value | None:
    """From stored rows of one field at one ticket; ``choice`` should be loaded."""
    rows = list(rows)
    if not rows:
        return None
    if field.has_choices:
        chosen = [row.choice for row in rows if row.choice is not None]
        return tuple(sorted(chosen, key=lambda choice: (choice.sort_order or 0, choice.pk))) or None
    if field.type == FieldType.YES_NO:
        return rows[0].boolean
    if field.type == FieldType.NUMBER:
        return rows[0].number.normalize() if rows[0].number is not None else None
    return rows[0].date if field.type == FieldType.DATE else rows[0].plain


def rows_for(ticket: Ticket, field: CustomField, value: Value | None) -> list[CustomFieldValue]:
    """The rows that say this, not saved."""
    if value is None:
        return []
    if field.has_choices:
        several = field.type == FieldType.SEVERAL
        return [
            CustomFieldValue(
                ticket=ticket,
                field=field,
                choice=choice,
                plain=choice.key,
                slot=choice.pk if several else 0,
            )
            for choice in value
        ]
    row = CustomFieldValue(ticket=ticket, field=field, plain=_plain_one(value))
    if field.type == FieldType.TEXT:
        row.folded = value.casefold()[:TEXT_LENGTH]
    else:
        setattr(row, _COLUMNS[field.type], value)
    return [row]


def of_ticket(ticket: Ticket) -> list[FieldOfTicket]:
    """The fields of the ticket's department, and those in which it has a value from before.

    At most three queries, however many fields and choices there are.
    """
    fields = CustomField.objects.all_with_belonging(ticket.department_id)
    if not fields:
        return []
    values: dict[int, list[CustomFieldValue]] = {}
    for row in CustomFieldValue.objects.of(ticket):
        values.setdefault(row.field_id, []).append(row)
    fields = [field for field in fields if field.belongs or field.pk in values]
    prefetch_related_objects([field for field in fields if field.has_choices], "choices")
    return [FieldOfTicket(f, value_of(f, values.get(f.pk, ())), f.belongs) for f in fields]


def json_of(ticket: Ticket) -> dict[str, Any]:
    """All values by the keys of their fields, as the API tells them."""
    texts: dict[tuple[str, str], list[str]] = {}
    rows = CustomFieldValue.objects.filter(ticket=ticket).order_by("field__key", "plain")
    for key, type_, text in rows.values_list("field__key", "field__type", "plain"):
        texts.setdefault((key, type_), []).append(text)
    return {key: as_json(type_, found) for (key, type_), found in texts.items()}


def public_values(ticket: Ticket) -> list[FieldOfTicket]:
    """What a customer is shown of their ticket, in one query."""
    return _told(ticket, Q(field__visible_to_customers=True, field__active=True))


def told_to(ticket: Ticket) -> list[FieldOfTicket]:
    """What the requester is told who asks for all that is kept: what they see, and what they filled in."""
    return _told(
        ticket, Q(field__visible_to_customers=True) | Q(field__filled_in_by_customers=True)
    )


def _told(ticket: Ticket, which: Q) -> list[FieldOfTicket]:
    rows = CustomFieldValue.objects.filter(which, ticket=ticket)
    rows = rows.select_related("field", "choice")
    by_field: dict[CustomField, list[CustomFieldValue]] = {}
    for row in rows.order_by("field__sort_order", "field"):
        by_field.setdefault(row.field, []).append(row)
    return [FieldOfTicket(field, value_of(field, found)) for field, found in by_field.items()]


def _plain_one(value: Value) -> str:
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _wrong(field: CustomField, message: str) -> InvalidFieldValue:
    return InvalidFieldValue(field.key, message)


def _text(field: CustomField, raw: Any) -> str | None:
    if not isinstance(raw, str):
        raise _wrong(field, _("Write a text."))
    # Control characters, too: the lists of the API join values by one of them.
    text = " ".join("".join(c if c.isprintable() else " " for c in raw).split())
    if len(text) > TEXT_LENGTH:
        limit = {"limit": TEXT_LENGTH}
        raise _wrong(field, _("Write at most %(limit)s characters.") % limit)
    return text or None


def _number(field: CustomField, raw: Any) -> Decimal:
    try:
        if isinstance(raw, bool):
            raise InvalidOperation
        number = raw if isinstance(raw, Decimal) else Decimal(str(raw).strip())
        if not number.is_finite() or abs(number) >= _LARGEST:
            raise InvalidOperation
        exact = number.quantize(_PLACES)
    except InvalidOperation:
        raise _wrong(field, _("Write a number, such as 12 or 2.5.")) from None
    if exact != number:
        raise _wrong(field, _("Write at most four digits after the point."))
    return exact.normalize() + 0  # no minus zero


def _date(field: CustomField, raw: Any) -> date:
    try:
        day = raw if isinstance(raw, date) else date.fromisoformat(str(raw).strip())
    except ValueError:
        raise _wrong(field, _("Write a date, such as 2026-05-01.")) from None
    return day


def _yes_no(field: CustomField, raw: Any) -> bool:
    known = raw if isinstance(raw, bool) else _WORDS.get(str(raw).strip().lower())
    if known is None:
        raise _wrong(field, _("Say yes or no."))
    return known


def _choices(field: CustomField, raw: Any) -> tuple[Any, ...] | None:
    # Keys have no commas, so that several may come as one text.
    wanted = list(raw) if isinstance(raw, list | tuple | set) else str(raw).split(",")
    keys = {str(getattr(one, "key", one)) for one in wanted if one != ""}
    found = tuple(choice for choice in field.choices.all() if choice.key in keys)
    unknown = keys - {choice.key for choice in found}
    if unknown:
        answer = {"answer": sorted(unknown)[0][:80]}
        raise _wrong(field, _("“%(answer)s” is none of the answers.") % answer)
    if len(found) > 1 and field.type == FieldType.CHOICE:
        raise _wrong(field, _("Choose one answer only."))
    return found or None


_READERS: dict[str, Callable[[CustomField, Any], Value | None]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.YES_NO: _yes_no,
    FieldType.CHOICE: _choices,
    FieldType.SEVERAL: _choices,
}
_COLUMNS: dict[str, str] = {
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.YES_NO: "boolean",
}
