"""The address of each row of a list, without asking the URL patterns for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

#: Every converter of ours takes it.
_PLACE = "0"


def urls_below(name: str, *args: Any) -> Callable[[Any], str]:
    """A function from the last argument of the pattern to the URL: ``urls_below("ticket")("ESC-…")``."""
    before, _place, after = reverse(
        f"wagtail_escalated_admin:{name}", args=[*args, _PLACE]
    ).rpartition(_PLACE)
    return lambda value: f"{before}{value}{after}"
