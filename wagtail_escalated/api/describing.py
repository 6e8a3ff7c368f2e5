"""What an operation says of itself in the schema, whichever schema class the host has set for its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])


def describe(**options: Any) -> Callable[[F], F]:
    """``extend_schema`` on drf-spectacular's own class, not on the host's ``DEFAULT_SCHEMA_CLASS``."""

    def decorate(handler: F) -> F:
        # extend_schema builds on the class it finds here; otherwise on the setting.
        handler.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return extend_schema(**options)(handler)

    return decorate
