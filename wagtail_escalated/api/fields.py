"""Fields that several requests share: words by name, rows by key, files in JSON."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from wagtail_escalated.files import IncomingFile
from wagtail_escalated.models import PRIORITY_NAMES, AgentProfile, Department, Status, TicketType

#: In JSON a file is a third longer than it is.
LONGEST_FILE = 64 * 1024 * 1024


class Text(serializers.CharField):
    """Text that every database takes: no NUL, no half of a surrogate pair. A number is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise serializers.ValidationError(_("This is not valid text."), "invalid") from None
        return text


class Slug(Text, serializers.SlugField):
    """Letters, digits, hyphens and underscores."""


class Truth(serializers.BooleanField):
    """True or false, and no other word for it; ``from_form`` reads those of a form."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StatusField(serializers.ChoiceField):
    def __init__(self, **options: Any):
        super().__init__(choices=Status.choices, **options)


class PriorityField(serializers.ChoiceField):
    def __init__(self, **options: Any):
        super().__init__(choices=PRIORITY_NAMES, **options)


class TypeField(serializers.ChoiceField):
    def __init__(self, **options: Any):
        super().__init__(choices=TicketType.choices, **options)


class Keys(serializers.ManyRelatedField):
    """A list of keys, and nothing else that can be gone through."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class ByKey(serializers.PrimaryKeyRelatedField):
    @classmethod
    def many_init(cls, *arguments: Any, **options: Any) -> Keys:
        passed = {name: options[name] for name in MANY_RELATION_KWARGS if name in options}
        return Keys(child_relation=cls(*arguments, **options), **passed)


# Docstrings of serializers stand in the schema.
class Part(serializers.Serializer):
    # Of something that may be changed in parts: this one is always sent whole.

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        fields = {name: field for name, field in self.fields.items() if not field.read_only}
        if isinstance(data, dict):
            missing = {
                name: [field.error_messages["required"]]
                for name, field in fields.items()
                if field.required and name not in data
            }
            if missing:
                raise serializers.ValidationError(missing)
        values = super().to_internal_value(data)
        # In a change of the whole, DRF leaves defaults out.
        return {
            name: field.default
            for name, field in fields.items()
            if field.default is not serializers.empty
        } | values


class LocalTime(serializers.TimeField):
    """``09:00``, by the clock of a place; the standard's own format has an offset."""

    FORMAT = "%H:%M"
    SHAPE = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)

    def __init__(self, **options: Any):
        super().__init__(format=self.FORMAT, **options)

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str) or not self.SHAPE.fullmatch(value):
            self.fail("invalid", format="09:00")
        return super().to_internal_value(value)


class DepartmentField(ByKey):
    """By key. What the caller may name is the view's to say."""

    def __init__(self, **options: Any):
        if not options.get("read_only"):
            options.setdefault("queryset", Department.objects.filter(active=True))
        super().__init__(**options)


class AgentField(ByKey):
    def __init__(self, **options: Any):
        options.setdefault("queryset", AgentProfile.objects.select_related("user"))
        super().__init__(**options)


class Instant(serializers.DateTimeField):
    """ISO 8601 with its offset: an instant without one would mean something else on each server."""

    default_error_messages = {"offset": _("Add the time zone, as in 2026-05-01T09:00:00Z.")}

    def enforce_timezone(self, value: Any) -> Any:
        if value.tzinfo is None:
            self.fail("offset")
        return value


@extend_schema_field({"type": "string", "format": "binary"})
class FileField(serializers.Field):
    """A file of a multipart form, or ``{"name", "content": <base64>, "content_type"}`` in JSON.

    ``shaping`` tells the two apart in the schema.
    """

    default_error_messages = {
        "invalid": _("Send a file, or an object with a name and its content in base64."),
        "too_large": _("The file is too large."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, UploadedFile):
            return data
        if not isinstance(data, dict):
            self.fail("invalid")
        name, content = data.get("name"), data.get("content")
        kind = data.get("content_type", "")
        if not (
            name and isinstance(name, str) and isinstance(content, str) and isinstance(kind, str)
        ):
            self.fail("invalid")
        if len(content) > LONGEST_FILE:
            self.fail("too_large")
        try:
            decoded = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            self.fail("invalid")
        from wagtail_escalated.actions.attachments import safe_name

        return IncomingFile(safe_name(name), decoded, kind[:120])

    def to_representation(self, value: Any) -> Any:
        return value


class Files(serializers.ListField):
    child = FileField()

    def __init__(self, **options: Any):
        super().__init__(required=False, default=list, max_length=100, **options)


class Names(serializers.ListField):
    """Names of tags."""

    def __init__(self, **options: Any):
        super().__init__(child=Text(max_length=60), max_length=100, **options)


class Key(serializers.IntegerField):
    """A row's key: beyond these bounds some database says an error instead of "not there"."""

    def __init__(self, **options: Any):
        super().__init__(min_value=1, max_value=2**63 - 1, **options)
