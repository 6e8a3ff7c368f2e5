"""Who listens, asked anew each time: the rights of the moment count, not those at connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db.models import Q
from django.http import HttpRequest

from wagtail_escalated.actions import api_tokens, guests
from wagtail_escalated.permissions import INSIDE, standing_of

SIGNED_OUT, NO_RIGHT, TOO_MANY, TOO_SLOW = 4401, 4403, 4429, 4408


@dataclass(frozen=True)
class Known:
    """Somebody as they are at this moment: the actor, and the tickets that count for them."""

    actor: Any
    only: Q = field(default_factory=Q)


@dataclass(frozen=True)
class Account:
    """A user by their session, which may end, be taken back or outlive a password."""

    session_key: str
    user_key: str

    @property
    def person(self) -> str:
        return f"user {self.user_key}"

    def known(self) -> Known | int:
        """Who it is now, or the code that says why nobody."""
        engine = import_module(settings.SESSION_ENGINE)
        session = engine.SessionStore(self.session_key)
        user = auth.get_user(SimpleNamespace(session=session))
        if not user.is_authenticated or str(user.pk) != self.user_key:
            return SIGNED_OUT
        return Known(user) if _has_a_right(user) else NO_RIGHT


@dataclass(frozen=True)
class Guest:
    """The holder of a link into one ticket."""

    token: str

    @property
    def person(self) -> str:
        return f"guest {self.token}"

    def known(self) -> Known | int:
        link = guests.resolve(self.token)
        return Known(link.contact, Q(pk=link.ticket_id)) if link else SIGNED_OUT


@dataclass(frozen=True)
class Program:
    """A user by a token of the API that may read."""

    token: str

    @property
    def person(self) -> str:
        return f"token {self.token}"

    def known(self) -> Known | int:
        row = api_tokens.find(self.token)
        if row is None or "read" not in row.scopes:
            return SIGNED_OUT
        return Known(row.user) if _has_a_right(row.user) else NO_RIGHT


def _has_a_right(user: Any) -> bool:
    return bool(standing_of(user, INSIDE).roles or standing_of(user).roles)


Identity = Account | Guest | Program


def of_headers(headers: Mapping[str, str]) -> Guest | Program | None:
    """By ``X-Guest-Token`` or ``Authorization: Bearer``, if there is one of them."""
    if "X-Guest-Token" in headers:
        return Guest(headers["X-Guest-Token"])
    scheme, _space, token = headers.get("Authorization", "").partition(" ")
    return Program(token.strip()) if scheme.lower() == "bearer" else None


def of_request(request: HttpRequest, user: Any) -> Identity | None:
    """By a token in the headers, else by the session."""
    return of_headers(request.headers) or of_session(user, getattr(request, "session", None))


def of_session(user: Any, session: Any) -> Account | None:
    if session is None or user is None or not user.is_authenticated or not session.session_key:
        return None
    return Account(session.session_key, str(user.pk))
