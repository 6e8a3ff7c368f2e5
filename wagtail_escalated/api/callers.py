"""Who calls: by a bearer token, by the session, or by a guest's link; and what they may ask at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from wagtail_escalated.actions import api_tokens, guests
from wagtail_escalated.models import ApiToken, Contact, GuestLink, Ticket
from wagtail_escalated.permissions import INSIDE, is_agent, is_manager, standing_of, tickets_for
from wagtail_escalated.ratelimit import client_ip, count

ALL_SCOPES = frozenset(ApiToken.Scope.values)
GUEST_SCOPES = frozenset({"read", "write"})
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Caller:
    """``actor`` acts; ``only`` is what a guest's link is limited to."""

    actor: Any
    scopes: frozenset[str]
    key: str
    only: Q = field(default_factory=Q)

    @cached_property
    def inside(self) -> bool:
        """Whether they work at the desk, and so see what customers do not."""
        return not isinstance(self.actor, Contact) and standing_of(self.actor, INSIDE).works_inside

    def tickets(self, verb: str) -> QuerySet[Ticket]:
        return tickets_for(self.actor, verb).filter(self.only)


class BearerAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer esc_…``"""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = api_tokens.find(token.strip())
        if row is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, revoked or expired."))
        api_tokens.mark_used(row)
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class GuestAuthentication(authentication.BaseAuthentication):
    """``X-Guest-Token``: into the one ticket of the link."""

    def authenticate(self, request: Request) -> tuple[Any, GuestLink] | None:
        token = request.headers.get("X-Guest-Token")
        if token is None:
            return None
        link = guests.resolve(token)
        if link is None:
            raise exceptions.AuthenticationFailed(_("This link is unknown or expired."))
        return AnonymousUser(), link


class SessionAuthentication(authentication.SessionAuthentication):
    """The desk's own pages and a host's: with the CSRF token on whatever changes something."""


def caller_of(request: Request) -> Caller | None:
    kept = getattr(request, "_escalated_caller", None)
    if kept is None:
        kept = request._escalated_caller = _caller(request)
    return kept


def _caller(request: Request) -> Caller | None:
    user, auth = request.user, request.auth
    if isinstance(auth, GuestLink):
        return Caller(auth.contact, GUEST_SCOPES, f"guest {auth.pk}", Q(pk=auth.ticket_id))
    if user is None or not user.is_authenticated:
        return None
    if isinstance(auth, ApiToken):
        return Caller(user, frozenset(auth.scopes), f"token {auth.pk}")
    return Caller(user, ALL_SCOPES, f"user {user.pk}")


class HasScope(permissions.BasePermission):
    """Reading needs ``read``, changing ``write``, changing the configuration ``manage``."""

    message = _("This token lacks the scope for this.")

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller is None:
            return False
        needed = "read" if request.method in READING else view.writing_scope
        return needed in caller.scopes


class IsInside(permissions.BasePermission):
    """Lists for those who work at the desk."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        return caller is not None and caller.inside


class Works(permissions.BasePermission):
    """For agents and managers; who only reads has nothing to do there."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller is None or not caller.inside:
            return False
        return is_manager(caller.actor) or is_agent(caller.actor)


class Manages(permissions.BasePermission):
    """For managers alone."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        return caller is not None and caller.inside and is_manager(caller.actor)


class ManagesOrReads(permissions.BasePermission):
    """Reading for those who work at the desk, changing for its managers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller is None or not caller.inside:
            return False
        return request.method in READING or is_manager(caller.actor)


class ManagesOrChooses(ManagesOrReads):
    """As before, and customers may read what they can choose."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in READING or super().has_permission(request, view)


class Throttle(throttling.BaseThrottle):
    """Counted in a table, so that all processes count together. ``DeskView`` tells where it stands."""

    LIMIT, WINDOW = 600, 60
    retry_after: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        key = caller.key if caller else f"address {client_ip(request)}"
        view.counted = counted = count("api", key, limit=self.LIMIT, window=self.WINDOW)
        self.retry_after = counted.reset if counted.is_past else None
        return not counted.is_past

    def wait(self) -> float | None:
        return self.retry_after
