"""Work in batches: what the desk is like is asked once for some letters, what follows them is queued once.

Nothing here outlives its batch, and within one nothing is kept longer than a second: the desk's settings,
departments and policies are rows that any process may change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")

KEPT_FOR = 1.0  # seconds


@dataclass(slots=True)
class _Batch:
    kept: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    gathered: dict[Callable[[list[Any]], Any], list[Any]] = field(default_factory=dict)


_current: ContextVar[_Batch | None] = ContextVar("escalated_batch", default=None)


@contextmanager
def batch() -> Iterator[None]:
    """Within it ``remembered`` remembers and ``gather`` gathers. One within another is the same one."""
    if _current.get() is not None:
        yield
        return
    mine = _Batch()
    token = _current.set(mine)
    try:
        yield
    finally:
        _current.reset(token)
        for function, items in mine.gathered.items():
            function(items)


def remembered(key: Hashable, load: Callable[[], T]) -> T:
    """What ``load`` gives; within a batch, for a second, what it gave before.

    For what many letters ask alike and nobody changes by having it: keep no row in it that is saved.
    """
    current = _current.get()
    if current is None:
        return load()
    known = current.kept.get(key)
    if known is None or monotonic() - known[0] > KEPT_FOR:
        known = current.kept[key] = (monotonic(), load())
    return known[1]


def gather(function: Callable[[list[Any]], Any], items: Iterable[Any]) -> None:
    """Call ``function`` with the items: at once, or at the end of the batch with those of all.

    Only for what may also never happen, as its worker dies: a sweeper finds its rows.
    """
    current = _current.get()
    if current is None:
        function(list(items))
    else:
        current.gathered.setdefault(function, []).extend(items)
