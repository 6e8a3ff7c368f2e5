"""A form's fields as JSON would bring them, so that one serializer reads both."""

from __future__ import annotations

import json
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from .field_values import ValuesField


def from_form(data: Any, kind: type[serializers.Serializer]) -> Any:
    """Lists from repeated fields; objects from a part of JSON, as OpenAPI has it, or from ``name.key`` fields."""
    if not isinstance(data, QueryDict):
        return data
    read = {name: _read(data, name, field) for name, field in kind().fields.items()}
    return {name: value for name, value in read.items() if value is not None}


def _read(data: QueryDict, name: str, field: serializers.Field) -> Any:
    if isinstance(field, serializers.ListField):
        return data.getlist(name) or None
    if isinstance(field, serializers.Serializer | ValuesField):
        return _object(data, name)
    value = data.get(name)
    if isinstance(field, serializers.BooleanField) and isinstance(value, str):
        return _truth(value)
    # An empty field of a form says nothing, where it can hold no text.
    return None if value == "" and not isinstance(field, serializers.CharField) else value


def _truth(value: str) -> Any:
    if value in serializers.BooleanField.TRUE_VALUES:
        return True
    if value in serializers.BooleanField.FALSE_VALUES:
        return False
    return value or None  # the rest the field refuses


def _object(data: QueryDict, name: str) -> Any:
    if name not in data:
        dotted = {key: data[key] for key in data if key.startswith(f"{name}.")}
        return {key.removeprefix(f"{name}."): value for key, value in dotted.items()} or None
    value = data[name]
    try:
        return json.loads(value if isinstance(value, str) else value.read())
    except (ValueError, RecursionError):
        return value  # which the field refuses
