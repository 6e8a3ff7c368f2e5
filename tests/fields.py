"""Custom fields for tests."""

from wagtail_escalated.models import CustomField, FieldChoice


def make_field(name, type="text", *, answers=(), departments=(), **fields):
    field = CustomField.objects.create(name=name, type=type, **fields)
    for number, label in enumerate(answers):
        FieldChoice.objects.create(field=field, label=label, sort_order=number)
    field.departments.set(departments)
    return field
