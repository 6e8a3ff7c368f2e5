"""SLA policies as JSON: what they promise, and to which tickets."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.models import (
    Department,
    Metric,
    Priority,
    SLAPolicy,
    SLATarget,
    Tag,
    TicketType,
)
from wagtail_escalated.models.sla import LAST_STEP, LONGEST_TARGET, known_domains

from .fields import ByKey, DepartmentField, Part, PriorityField, StatusField, Text, Truth
from .model_json import RowJSON
from .structures import CustomFieldConditions


class TargetJSON(Part):
    priority = PriorityField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_TARGET)
    business_time = Truth(required=False, default=True)

    def to_representation(self, target: SLATarget) -> dict[str, Any]:
        return {
            "priority": Priority(target.priority).slug,
            "metric": target.metric,
            "minutes": target.minutes,
            "business_time": target.business_time,
        }


class Domains(serializers.ListField):
    """Of requesters' addresses; subdomains count too. Stored one a line, as the form shows them."""

    child = Text(max_length=253)

    def __init__(self, **options: Any):
        super().__init__(max_length=200, **options)

    def to_internal_value(self, data: Any) -> str:
        names = super().to_internal_value(data)
        known_domains(" ".join(names))
        return "\n".join(dict.fromkeys(name.lower() for name in names))

    def to_representation(self, stored: str) -> list[str]:
        return stored.lower().split()


class PolicyJSON(RowJSON):
    """``for_…`` say which tickets it is for: one has to meet each that is not empty."""

    is_default = Truth(required=False)
    pause_statuses = serializers.ListField(child=StatusField(), required=False, max_length=20)
    for_types = serializers.ListField(
        child=serializers.ChoiceField(choices=TicketType.choices), required=False, max_length=20
    )
    warn_at = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LAST_STEP),
        required=False,
        max_length=20,
    )
    for_departments = DepartmentField(many=True, queryset=Department.objects.all(), required=False)
    for_tags = ByKey(many=True, queryset=Tag.objects.all(), required=False)
    for_domains = Domains(required=False)
    for_fields = CustomFieldConditions(required=False)
    targets = TargetJSON(many=True, required=False)

    class Meta:
        model = SLAPolicy
        fields = [
            "id",
            "name",
            "description",
            "active",
            "is_default",
            "business_hours",
            "pause_statuses",
            "warn_at",
            "sort_order",
            "for_departments",
            "for_types",
            "for_tags",
            "for_domains",
            "for_fields",
            "targets",
        ]

    def validate_pause_statuses(self, names: list[str]) -> list[str]:
        SLAPolicy._meta.get_field("pause_statuses").run_validators(names)
        return names

    def validate_warn_at(self, percents: list[int]) -> list[int]:
        return sorted(set(percents))

    def validate_is_default(self, wanted: bool) -> bool:
        others = SLAPolicy.objects.filter(default_key=True)
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if wanted and others.exists():
            raise ValidationError(_("Another policy is the default one already."), "unique")
        return wanted

    def validate_targets(self, targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        places = [(target["priority"], target["metric"]) for target in targets]
        if len(set(places)) < len(places):
            raise ValidationError(_("Give each priority and metric one target at most."))
        return targets

    def save(self, **more: Any) -> SLAPolicy:
        data = self.validated_data
        targets = data.pop("targets", None)
        if "is_default" in data:
            data["default_key"] = data.pop("is_default") or None
        with transaction.atomic():
            policy = super().save(**more)
            if targets is not None:
                _replace_targets(policy, targets)
        return SLAPolicy.objects.prefetch_related("targets").get(pk=policy.pk)


def _replace_targets(policy: SLAPolicy, targets: list[dict[str, Any]]) -> None:
    SLATarget.objects.filter(policy=policy).delete()
    rows = [
        SLATarget(policy=policy, **target | {"priority": Priority.from_name(target["priority"])})
        for target in targets
    ]
    SLATarget.objects.bulk_create(rows)
