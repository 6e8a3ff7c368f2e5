"""``saved-views/``: each agent's own, and those shared with them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated import field_conditions, filters
from wagtail_escalated.models import SavedView
from wagtail_escalated.views_of_tickets import deletable_views, saved_views_for

from . import callers
from .configuration import Rows, both
from .fields import Text
from .model_json import RowJSON


@extend_schema_field({"type": "object", "additionalProperties": True})
class FilterField(serializers.Field):
    """The structure of ``wagtail_escalated.filters``: a name it does not know is an error here."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError(_("Send an object of filters."))
        given = {name: value for name, value in data.items() if name != "version"}
        for name, value in given.items():
            if not _is_read(name, value):
                raise ValidationError(_("“%(name)s” is not a filter.") % {"name": name[:60]})
        return filters.from_json(given).to_json()

    def to_representation(self, value: Any) -> Any:
        return value


def _is_read(name: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | bool) for item in values):
        return False
    if not all(item.isprintable() for item in values if isinstance(item, str)):
        return False
    if field_conditions.is_parameter(name):
        return field_conditions.read(name, values) is not None
    if name not in filters.READERS:
        return False
    read = filters.READERS[name](values)
    if isinstance(read, tuple):
        return len(read) == len({str(item) for item in values})
    return read is not None


class SavedViewJSON(RowJSON):
    filters = FilterField(required=False)
    columns = serializers.ListField(child=Text(max_length=80), required=False, max_length=40)
    ordering = Text(max_length=40, required=False, allow_blank=True)
    mine = serializers.SerializerMethodField()

    class Meta:
        model = SavedView
        fields = [
            "id",
            "name",
            "sharing",
            "department",
            "filters",
            "ordering",
            "columns",
            "position",
            "mine",
        ]

    @extend_schema_field(serializers.BooleanField())
    def get_mine(self, view: SavedView) -> bool:
        return getattr(view, "is_mine", True)

    def validate_name(self, name: str) -> str:
        same = SavedView.objects.filter(owner=self.context["view"].caller.actor, name=name)
        if self.instance is not None:
            same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("You have a view of this name already."), "unique")
        return name

    def validate_ordering(self, ordering: str) -> str:
        if ordering and ordering.removeprefix("-") not in filters.ORDERINGS:
            raise ValidationError(_("There is no such order."))
        return ordering


class SavedViews(Rows):
    names = ("saved_view", "saved_views")
    whose = "One's own, and those that are shared; who made one changes it."
    serializer_class = SavedViewJSON
    permission_classes = [callers.HasScope, callers.IsInside]
    writing_scope = "write"

    def rows(self) -> QuerySet[SavedView]:
        actor = self.caller.actor
        mine = Case(When(owner=actor, then=Value(True)), default=Value(False))
        return saved_views_for(actor).annotate(is_mine=mine).order_by("pk")

    def check_row(self, row: SavedView) -> None:
        if row.owner_id != self.caller.actor.pk:
            raise PermissionDenied

    def check_removal(self, row: SavedView) -> None:
        if not deletable_views(self.caller.actor).filter(pk=row.pk).exists():
            raise PermissionDenied

    def prepare(self, data: dict[str, Any], row: SavedView | None) -> dict[str, Any]:
        sharing = data.get("sharing", row.sharing if row else SavedView.Sharing.PRIVATE)
        department = data.get("department", row.department if row else None)
        if sharing == SavedView.Sharing.DEPARTMENT and department is None:
            raise ValidationError({"department": [_("Say with which department.")]})
        return {"owner": self.caller.actor}


BOTH = both(SavedViews)
