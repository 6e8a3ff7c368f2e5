"""Custom fields in a form that opens a ticket: the portal's, the widget's, the agents'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from wagtail_escalated import custom_values
from wagtail_escalated.exceptions import InvalidFieldValue
from wagtail_escalated.models import CustomField, Department, FieldType
from wagtail_escalated.models.custom_fields import TEXT_LENGTH

PREFIX = "cf-"


class CustomFormField(forms.Field):
    """Cleans to a value of ``custom_values``.

    Whether it is missing the form says, which knows the department; ``needed`` is for its label.
    """

    def __init__(self, field: CustomField, departments: Iterable[int]):
        self.field, self.departments = field, frozenset(departments)
        self.needed = field.required_to_submit
        super().__init__(
            label=field.name, help_text=field.help_text, required=False, widget=_widget(field)
        )

    def clean(self, value: Any) -> Any:
        try:
            return custom_values.read(self.field, value)
        except InvalidFieldValue as error:
            raise forms.ValidationError(str(error)) from None

    def is_for(self, department: Department | None) -> bool:
        return not self.departments or bool(department and department.pk in self.departments)

    def tell_departments(self, names: Mapping[int, str]) -> None:
        """For a form without such a script: say for which it is, and that it must be filled in there."""
        own = [name for pk, name in names.items() if pk in self.departments]
        told = [self.help_text]
        if own:
            told.append(_("For %(departments)s.") % {"departments": ", ".join(own)})
        if self.needed:
            told.append(_("Required."))
        self.help_text = " ".join(filter(None, told))

    @property
    def department_keys(self) -> str:
        """For a script that hides what is not asked; empty where it is for all."""
        return " ".join(map(str, sorted(self.departments)))


class CustomFieldsMixin:
    """For a form with a field ``department``; ``cleaned_data["fields"]`` are the values by key."""

    def add_custom_fields(self, fields: Iterable[CustomField], offered: Iterable[int]) -> None:
        """``offered``: the keys of the departments that can be chosen in this form."""
        offered = set(offered)
        for field in fields:
            departments = {department.pk for department in field.departments.all()}
            if not departments or departments & offered:
                self.fields[PREFIX + field.key] = CustomFormField(field, departments)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        department = cleaned.get("department")
        values = {}
        for name, field in self.custom_fields().items():
            value = cleaned.pop(name, None)
            if not field.is_for(department):
                self.errors.pop(name, None)
                continue
            if value is None and field.needed and name not in self.errors:
                self.add_error(name, _("Fill this in."))
            values[field.field.key] = value
        cleaned["fields"] = values
        return cleaned

    def custom_fields(self) -> dict[str, CustomFormField]:
        return {n: field for n, field in self.fields.items() if isinstance(field, CustomFormField)}


def asked_of_customers() -> Any:
    return CustomField.objects.asked_of_customers().prefetch_related("choices", "departments")


def _widget(field: CustomField) -> forms.Widget:
    choices = [(choice.key, choice.label) for choice in field.choices.all()]
    match field.type:
        case FieldType.NUMBER:
            return forms.NumberInput(attrs={"step": "any"})
        case FieldType.DATE:
            return forms.DateInput(attrs={"type": "date"})
        case FieldType.YES_NO:
            yes_no = [(custom_values.TRUE, _("Yes")), (custom_values.FALSE, _("No"))]
            return forms.Select(choices=[("", "–"), *yes_no])
        case FieldType.CHOICE:
            return forms.Select(choices=[("", "–"), *choices])
        case FieldType.SEVERAL:
            return forms.CheckboxSelectMultiple(choices=choices)
    return forms.TextInput(attrs={"maxlength": TEXT_LENGTH})
