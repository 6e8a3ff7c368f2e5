"""``usage/`` below a row that is kept: what still uses it, as the page tells that asks before deleting."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.usages import Usage, usages_of

from . import callers
from .configuration import OwnAndShared, Rows, words
from .describing import describe

EFFECTS = ("blocks", "goes_along", "breaks", "stays")


class UsageJSON(serializers.Serializer):
    kind = serializers.CharField(
        source="model._meta.model_name", help_text="Such as `ticket`, `workflow` or `savedview`."
    )
    count = serializers.IntegerField()
    things = serializers.SerializerMethodField(help_text="Both for people: `214 tickets`.")
    effect = serializers.ChoiceField(
        choices=EFFECTS,
        help_text=(
            "While one `blocks`, it cannot be deleted. What `goes_along` is deleted with it, what `breaks` names it "
            "and finds or does nothing without it, what `stays` loses it."
        ),
    )

    @extend_schema_field(serializers.CharField())
    def get_things(self, usage: Usage) -> str:
        return str(usage)


class UsagesJSON(serializers.Serializer):
    blocked = serializers.BooleanField(help_text="Whether it cannot be deleted.")
    usages = UsageJSON(many=True)


def usage_of(base: type[Rows]) -> type[Rows]:
    """For who may delete the row."""
    one, many = base.names
    owned = issubclass(base, OwnAndShared)

    class UsageOfRow(base):
        permission_classes = (
            base.permission_classes if owned else [callers.HasScope, callers.Manages]
        )
        pagination_class = None

        @describe(
            operation_id=f"{many}_usage",
            description=f"What still uses one {words(one)}, before you delete it: what blocks that first, then the most.",
            responses={200: UsagesJSON},
        )
        def get(self, request: Request, pk: int) -> Response:
            row = self.row()
            self.check_removal(row)
            found = usages_of(row)
            blocked = any(usage.blocks for usage in found)
            return Response({"blocked": blocked, "usages": UsageJSON(found, many=True).data})

    UsageOfRow.__name__ = f"{one.title()}Usage"
    return UsageOfRow
