"""Lists: cursor pages, the filters of the saved views, an allow-list for the order, and field selection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from wagtail_escalated import field_conditions, filters
from wagtail_escalated.filters import TicketFilter
from wagtail_escalated.models import (
    PRIORITY_NAMES,
    Channel,
    CustomField,
    Status,
    Ticket,
    TicketType,
)

from .callers import Caller
from .ticket_json import ASKED_FOR

#: Columns without empty values: a cursor cannot stand between those.
ORDERINGS = (
    "created_at",
    "updated_at",
    "last_message_at",
    "priority",
    "status",
    "type",
    "subject",
    "reference",
)
CUSTOMER_ORDERINGS = ("created_at", "subject", "reference")
#: A customer's filters are about what they see; others would tell by their answers.
CUSTOMER_FILTERS = frozenset({"open", "created_from", "created_to", "type"})
WORDS: dict[str, Any] = {
    "status": Status.values,
    "priority": PRIORITY_NAMES,
    "type": TicketType.values,
    "channel": Channel.values,
    "sla": filters.SLA_STATES,
}
SHAPES: dict[str, dict[str, Any]] = {
    "open": {"type": "boolean"},
    "snoozed": {"type": "boolean"},
    "spam": {"type": "boolean"},
    "proved": {"type": "boolean"},
    "following": {"type": "boolean"},
    "mentions": {"type": "boolean"},
    "requester": {"type": "string"},
    "search": {"type": "string", "maxLength": filters.MAX_SEARCH_LENGTH},
}


class Pages(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = gettext_lazy("How many in one page, up to 200.")
    ordering = "pk"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, ValueError, TypeError, OverflowError):
            # A cursor may be forged, and then stand at what is no value of the column.
            raise NotFound(self.invalid_cursor_message) from None

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        if not text.isdecimal() or int(text[:9]) < 1:
            raise ValidationError({"page_size": [_("Send a whole number above 0.")]})
        return min(int(text[:9]), self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"]["minimum"] = 1
        return parameters

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor is not None and "\x00" in (cursor.position or ""):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class TicketPages(Pages):
    """In an order of ``ORDERINGS``, the newest first unless asked otherwise."""

    ordering = "-created_at"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        wanted = request.query_params.get("ordering") or self.ordering
        allowed = ORDERINGS if view.caller.inside else CUSTOMER_ORDERINGS
        if wanted.removeprefix("-") not in allowed:
            raise ValidationError(
                {"ordering": [_("Choose one of: %(names)s.") % {"names": ", ".join(allowed)}]}
            )
        # The second makes the order the same each time; the cursor stands on the first.
        return (wanted, "-pk" if wanted.startswith("-") else "pk")


def narrowed(tickets: QuerySet[Ticket], request: Request, caller: Caller) -> QuerySet[Ticket]:
    """By the query's filters, each as in a saved view. A value that is none is an error here, not left out."""
    given = {name: request.query_params.getlist(name) for name in filters.READERS}
    given = {name: values for name, values in given.items() if values}
    errors = {name: [_wrong(name)] for name, values in given.items() if not _is_read(name, values)}
    custom = [name for name in request.query_params if field_conditions.is_parameter(name)]
    errors |= _wrong_fields(custom, request)
    if not caller.inside:
        foreign = {*given, *custom} - CUSTOMER_FILTERS
        errors |= {name: [_("This filter is for the desk's agents.")] for name in foreign}
    if errors:
        raise ValidationError(errors)
    wanted = filters.from_query(request.query_params)
    if not caller.inside:
        wanted = TicketFilter(
            open=wanted.open,
            type=wanted.type,
            created_from=wanted.created_from,
            created_to=wanted.created_to,
        )
    return filters.apply(tickets, wanted, user=caller.actor)


def _wrong_fields(names: list[str], request: Request) -> dict[str, list[str]]:
    """Those that name no field, or ask of it what makes no sense."""
    if not names:
        return {}
    read = {name: field_conditions.read(name, request.query_params.getlist(name)) for name in names}
    keys = [condition.key for condition in read.values() if condition]
    known = set(CustomField.objects.filter(key__in=keys).values_list("key", flat=True))
    wrong = [
        name for name, condition in read.items() if not condition or condition.key not in known
    ]
    return {name: [_wrong(name)] for name in wrong}


def _is_read(name: str, values: list[str]) -> bool:
    read = filters.READERS[name](values)
    if isinstance(read, tuple):
        return set(read) == set(values)
    return read is not None


def _wrong(name: str) -> str:
    return _("There is no such value of “%(name)s”.") % {"name": name}


def selected(serializer: Serializer, request: Request) -> Serializer:
    """With ``?fields=reference,subject``, or two such parameters, those alone."""
    text = ",".join(request.query_params.getlist("fields"))
    names = {name.strip() for name in text.split(",") if name.strip()}
    if not names:
        return serializer
    fields = getattr(serializer, "child", serializer).fields
    unknown = names - set(fields)
    if unknown:
        message = _("There is no field “%(name)s”.") % {"name": sorted(unknown)[0]}
        raise ValidationError({"fields": [message]})
    for name in set(fields) - names - ASKED_FOR:
        fields.pop(name)
    return serializer


#: As a form's fields, each by its own name: `?cf-device=laptop&cf-cost-from=5`.
CUSTOM_FIELDS_PARAMETER = OpenApiParameter(
    "cf",
    {
        "type": "object",
        "propertyNames": {"pattern": f"^{field_conditions.PARAMETER.pattern}$"},
        "additionalProperties": {"type": "string"},
    },
    style="form",
    explode=True,
    description=(
        "Custom fields, each by a parameter of its own: `cf-<key>=<answer>` (`none`: without a value), "
        "`cf-<key>-contains=`, `cf-<key>-equals=`, `cf-<key>-is=true`, `cf-<key>-from=`, `cf-<key>-to=` "
        "and `cf-<key>-empty=true`."
    ),
)


def fields_parameter(kind: type[Serializer]) -> OpenApiParameter:
    """``fields`` for rows of this kind."""
    names = [name for name in kind().fields if name not in ASKED_FOR]
    return OpenApiParameter(
        "fields",
        {"type": "array", "items": {"type": "string", "enum": names}},
        explode=True,
        description=(
            "Nothing but these is answered, whatever the shape requires. Also as one text with commas."
        ),
    )


def expansions(request: Request, known: Iterable[str]) -> tuple[str, ...]:
    """The names in ``?expand=department,assignee``, or in two parameters."""
    text = ",".join(request.query_params.getlist("expand"))
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown:
        message = _("Choose one of: %(names)s.") % {"names": ", ".join(known)}
        raise ValidationError({"expand": [message]})
    return names


def filter_parameters() -> list[OpenApiParameter]:
    """The filters, for the schema."""
    return [*(_parameter(name) for name in filters.READERS), CUSTOM_FIELDS_PARAMETER]


def _parameter(name: str) -> OpenApiParameter:
    if name.endswith(("_from", "_to")):
        return OpenApiParameter(name, {"type": "string", "format": "date"})
    if name in SHAPES:
        return OpenApiParameter(name, SHAPES[name])
    items: dict[str, Any] = {"type": "string"}
    if name in WORDS:
        items["enum"] = [str(word) for word in WORDS[name]]
    shape = {"type": "array", "items": items}
    return OpenApiParameter(name, shape, explode=True, description="Any of these values.")
