"""``custom-fields/``: what a desk wants to know of its tickets, kept by managers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.actions.custom_fields import tickets_with
from wagtail_escalated.actions.sla_policies import policies_asking
from wagtail_escalated.models import (
    CustomField,
    CustomFieldValue,
    Department,
    FieldChoice,
    FieldType,
)
from wagtail_escalated.models.custom_fields import KEY_LENGTH, WITH_CHOICES, valid_key

from . import callers
from .configuration import Rows
from .errors import Conflict
from .fields import DepartmentField, Part, Text
from .model_json import RowJSON


class AnswerJSON(Part):
    """Without a key it is a new answer, or the one of this label."""

    key = serializers.CharField(max_length=KEY_LENGTH, required=False)
    label = Text(max_length=80)


class CustomFieldJSON(RowJSON):
    """``choices`` replace those that are there; one that tickets have has to stay among them."""

    key = serializers.CharField(max_length=KEY_LENGTH, required=False, validators=[valid_key])
    departments = DepartmentField(many=True, queryset=Department.objects.all(), required=False)
    choices = AnswerJSON(many=True, required=False)

    class Meta:
        model = CustomField
        fields = [
            "id",
            "key",
            "name",
            "type",
            "help_text",
            "choices",
            "departments",
            "required_to_submit",
            "required_to_resolve",
            "filled_in_by_customers",
            "visible_to_customers",
            "active",
        ]

    def validate_key(self, key: str) -> str:
        if self.instance is not None:
            if key != self.instance.key:
                raise ValidationError(_("The key of a field stays as it is."))
        elif CustomField.objects.filter(key=key).exists():
            raise ValidationError(_("There is a field with this key already."), "unique")
        return key

    def validate_type(self, wanted: str) -> str:
        field = self.instance
        if field is not None and field.type != wanted and field.values.exists():
            raise ValidationError(
                _("Tickets have values of this field, so that its type has to stay.")
            )
        return wanted

    def validate_choices(self, answers: list[dict[str, str]]) -> list[dict[str, str]]:
        labels = [answer["label"].strip().casefold() for answer in answers]
        if len(set(labels)) < len(labels):
            raise ValidationError(_("There is such an answer already."))
        return answers

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        type_ = data.get("type") or (self.instance.type if self.instance else FieldType.TEXT)
        there = self.instance.choices.exists() if self.instance else False
        has_any = bool(data["choices"]) if "choices" in data else there
        if (type_ in WITH_CHOICES) != has_any:
            message = (
                _("Add at least one answer.") if not has_any else _("Only a choice has answers.")
            )
            raise ValidationError({"choices": [message]})
        return data

    def save(self, **more: Any) -> CustomField:
        answers = self.validated_data.pop("choices", None)
        departments = self.validated_data.pop("departments", None)
        with transaction.atomic():
            field = super().save(**more)
            if departments is not None:
                CustomField.departments.through.objects.filter(customfield=field).delete()
                field.departments.set(departments)
                field.save()
            if answers is not None:
                _replace_answers(field, answers)
        return field


def _replace_answers(field: CustomField, answers: list[dict[str, str]]) -> None:
    there = list(FieldChoice.objects.filter(field=field))
    by_key = {choice.key: choice for choice in there}
    by_label = {choice.label.casefold(): choice for choice in there}
    kept = []
    for position, answer in enumerate(answers):
        if "key" in answer and answer["key"] not in by_key:
            raise ValidationError({"choices": [_("There is no answer with this key.")]})
        known = by_key.get(answer.get("key", "")) or by_label.get(answer["label"].casefold())
        choice = known or FieldChoice(field=field)
        choice.label, choice.sort_order = answer["label"].strip(), position
        choice.save()
        kept.append(choice.pk)
    gone = FieldChoice.objects.filter(field=field).exclude(pk__in=kept)
    used = CustomFieldValue.objects.filter(choice__in=gone).exists()
    keys = [choice.key for choice in gone]
    if used or (keys and policies_asking(field, keys)):
        raise ValidationError({"choices": [_("An answer that is used has to stay.")]})
    gone.delete()


class PublicFieldJSON(serializers.Serializer):
    """What a customer may fill in or is shown."""

    key = serializers.CharField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=FieldType.choices)
    help_text = serializers.CharField()
    required_to_submit = serializers.BooleanField()
    choices = AnswerJSON(many=True)
    departments = serializers.PrimaryKeyRelatedField(many=True, read_only=True)


class CustomFields(Rows):
    names = ("custom_field", "custom_fields")
    whose = "Customers read those that they are asked for or shown, managers keep them."
    searched = ("name", "key")
    serializer_class = CustomFieldJSON
    permission_classes = [callers.HasScope, callers.ManagesOrChooses]

    def rows(self) -> QuerySet[CustomField]:
        rows = CustomField.objects.prefetch_related("choices", "departments").order_by("pk")
        if self.caller.inside:
            return rows
        public = Q(filled_in_by_customers=True) | Q(visible_to_customers=True)
        return rows.filter(public, active=True)

    def kind(self) -> type[serializers.Serializer]:
        return CustomFieldJSON if self.caller.inside else PublicFieldJSON

    def check_unused(self, row: CustomField) -> None:
        if policies_asking(row):
            raise Conflict(_("An SLA policy asks for an answer of this field."), "in_use")
        meant = self.request.query_params.get("even_in_use", "").lower() in ("true", "1")
        if not meant and tickets_with(row):
            raise Conflict(
                _("Tickets have values of it. Say even_in_use=true to delete them, too."), "in_use"
            )
