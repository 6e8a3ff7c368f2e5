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
    Tag,
    user_address,
)
from wagtail_escalated.models.tags import tag_key
from wagtail_escalated.permissions import ACCESS_ADMIN

from .fields import AgentField, DepartmentField, Slug, Text, Truth


# Docstrings of serializers stand in the schema.
class RowJSON(serializers.ModelSerializer):
    # Text fields refuse what some database would.
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: Text,
        models.TextField: Text,
        models.SlugField: Slug,
        models.BooleanField: Truth,
    }


class DepartmentJSON(RowJSON):
    agents = AgentField(many=True, required=False)

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
            "site",
            "agents",
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
            "working_hours",
            "signature",
            "after_send",
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
class AccountField(serializers.RelatedField):
    """An account by its key, of whatever type."""

    default_error_messages = {"does_not_exist": _("There is no such user.")}

    def to_internal_value(self, data: Any) -> Any:
        model = get_user_model()
        try:
            user = model._default_manager.filter(pk=data).select_related("escalated_agent").first()
        except (TypeError, ValueError, OverflowError, DjangoValidationError):
            user = None  # Django's own error: a UUID key that is none
        if user is None:
            self.fail("does_not_exist")
        return user

    def to_representation(self, user: Any) -> str:
        return str(user.pk)


class UserField(AccountField):
    """One that has access to the admin and is no agent."""

    default_error_messages = {
        "no_access": _("This user has no access to the admin, so they cannot be an agent."),
        "taken": _("This user is an agent already."),
    }

    def to_internal_value(self, data: Any) -> Any:
        user = super().to_internal_value(data)
        if not user.has_perm(ACCESS_ADMIN):
            self.fail("no_access")
        if getattr(user, "escalated_agent", None) is not None:
            self.fail("taken")
        return user


class NewAgentJSON(AgentJSON):
    user = UserField(queryset=get_user_model()._default_manager.none())


class CannedJSON(RowJSON):
    shared = Truth(required=False, help_text="Shared ones are the managers'.")

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
