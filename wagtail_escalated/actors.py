"""Who acts: a user, a contact, or the desk itself; through which door, and because of what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias


class System:
    """The desk acting by itself: schedules, rules, mail that no person sent."""

    _instance: System | None = None

    def __new__(cls) -> System:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "SYSTEM"

    def __str__(self) -> str:
        return "System"


SYSTEM: Final = System()

#: A Django user, a ``Contact``, or ``SYSTEM``; never ``None``.
Actor: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class RuleChain:
    """The rules that led to what is done now, the latest last, and the history row it began with.

    ``rules`` are keys such as ``workflow:3``; ``root`` is empty where time began it.
    """

    rules: tuple[str, ...]
    names: tuple[str, ...]
    root: int | None = None


_door: ContextVar[str] = ContextVar("escalated_door", default="")
_cause: ContextVar[int | None] = ContextVar("escalated_cause", default=None)
_chain: ContextVar[RuleChain | None] = ContextVar("escalated_rules", default=None)


@contextmanager
def through(door: str) -> Iterator[None]:
    """Name the door for the history while something is done: ``with through("api"): …``."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)


@contextmanager
def because_of(event_pk: int | None) -> Iterator[None]:
    """Name the history row whose reaction does what is done inside; rules use it against loops."""
    token = _cause.set(event_pk)
    try:
        yield
    finally:
        _cause.reset(token)


@contextmanager
def led_by(chain: RuleChain) -> Iterator[None]:
    """Write into each history row made inside which rules led to it."""
    token = _chain.set(chain)
    try:
        yield
    finally:
        _chain.reset(token)


def current_door() -> str:
    return _door.get()


def current_cause() -> int | None:
    return _cause.get()


def current_chain() -> RuleChain | None:
    """Set while a workflow or an automation acts; a macro is its agent's own doing."""
    return _chain.get()
