"""The desk's configuration as JSON: one serializer per kind of row."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.actions.canned import unknown_variables
from wagtail_escalated.models import (
    AgentProfile,
    CannedResponse,
    Department,
    Metric,
    Priority,
    SLAPolicy,
    SLATarget,
    Tag,
    TicketType,
    user_address,
)
from wagtail_escalated.models.sla import LAST_STEP, LONGEST_TARGET
from wagtail_escalated.models.tags import tag_key
from wagtail_escalated.permissions import ACCESS_ADMIN

from .fields import DepartmentField, PriorityField, StatusField, Text


class RowJSON(serializers.ModelSerializer):
    """Text fields refuse what some database would."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: Text,
        models.TextField: Text,
    }


class DepartmentJSON(RowJSON):
    class Meta:
        model = Department
        fields = [
            "id",
            "name",
            "slug",
            "description",
            "address",
            "sender_name",
            "active",
            "public",
            "auto_assign",
            "sla_policy",
            "business_hours",
        ]


class PublicDepartmentJSON(serializers.Serializer):
    """What a customer chooses from."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()
    description = serializers.CharField()


class TagJSON(RowJSON):
    class Meta:
        model = Tag
        fields = ["id", "name", "colour"]

    def validate_name(self, name: str) -> str:
        same = Tag.objects.filter(key=tag_key(name))
        if self.instance is not None:
            same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("There is a tag of this name already."), "unique")
        return name


class AgentJSON(RowJSON):
    user = serializers.CharField(source="user_id", read_only=True)
    name = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()
    departments = DepartmentField(many=True, queryset=Department.objects.all(), required=False)

    class Meta:
        model = AgentProfile
        fields = [
            "id",
            "user",
            "name",
            "email",
            "active",
            "away",
            "away_until",
            "max_open_tickets",
            "departments",
        ]

    @extend_schema_field(serializers.CharField())
    def get_name(self, agent: AgentProfile) -> str:
        return str(agent)

    @extend_schema_field(serializers.CharField())
    def get_email(self, agent: AgentProfile) -> str:
        return user_address(agent.user)

    def create(self, data: dict[str, Any]) -> AgentProfile:
        departments = data.pop("departments", [])
        with transaction.atomic():
            agent = AgentProfile.objects.create(**data)
            agent.departments.set(departments)
        return agent


@extend_schema_field(serializers.CharField())
class UserField(serializers.RelatedField):
    """An account by its key, of whatever type; it must have access to the admin."""

    default_error_messages = {
        "does_not_exist": _("There is no such user."),
        "no_access": _("This user has no access to the admin, so they cannot be an agent."),
        "taken": _("This user is an agent already."),
    }

    def to_internal_value(self, data: Any) -> Any:
        model = get_user_model()
        try:
            user = model._default_manager.filter(pk=data).select_related("escalated_agent").first()
        except (TypeError, ValueError, OverflowError, DjangoValidationError):
            user = None  # Django's own error: a UUID key that is none
        if user is None:
            self.fail("does_not_exist")
        if not user.has_perm(ACCESS_ADMIN):
            self.fail("no_access")
        if getattr(user, "escalated_agent", None) is not None:
            self.fail("taken")
        return user

    def to_representation(self, user: Any) -> str:
        return str(user.pk)


class NewAgentJSON(AgentJSON):
    user = UserField(queryset=get_user_model()._default_manager.none())


class TargetJSON(serializers.Serializer):
    priority = PriorityField()
    metric = serializers.ChoiceField(choices=Metric.choices)
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_TARGET)
    business_time = serializers.BooleanField(required=False, default=True)

    def to_representation(self, target: SLATarget) -> dict[str, Any]:
        return {
            "priority": Priority(target.priority).slug,
            "metric": target.metric,
            "minutes": target.minutes,
            "business_time": target.business_time,
        }


class PolicyJSON(RowJSON):
    is_default = serializers.BooleanField(required=False)
    pause_statuses = serializers.ListField(child=StatusField(), required=False, max_length=20)
    for_types = serializers.ListField(
        child=serializers.ChoiceField(choices=TicketType.choices), required=False, max_length=20
    )
    warn_at = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LAST_STEP),
        required=False,
        max_length=20,
    )
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
            "for_types",
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


class CannedJSON(RowJSON):
    shared = serializers.BooleanField(required=False, help_text="Shared ones are the managers'.")

    class Meta:
        model = CannedResponse
        fields = ["id", "title", "folder", "shortcut", "body", "shared", "department"]

    def to_representation(self, row: CannedResponse) -> dict[str, Any]:
        row.shared = row.owner_id is None
        return super().to_representation(row)

    def validate_body(self, body: str) -> str:
        unknown = unknown_variables(body)
        if unknown:
            message = _("There is no variable “%(name)s”.") % {"name": unknown[0]}
            raise ValidationError(message, "unknown_variable")
        return body
