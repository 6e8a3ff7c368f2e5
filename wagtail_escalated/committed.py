"""What happens once a change is committed, and can no longer undo it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction


def once_committed(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Call ``function`` after the commit; where it fails, that is logged and the caller goes on.

    Always this and never ``transaction.on_commit(partial(…), robust=True)``: Django 5.2 asks what it
    calls for its ``__qualname__`` when it logs the failure, and a partial has none, so that the
    failure reaches the caller although everything is committed (and a letter is taken twice).
    """

    def call() -> None:
        function(*args, **kwargs)

    call.__qualname__ = getattr(function, "__qualname__", repr(function))
    transaction.on_commit(call, robust=True)
