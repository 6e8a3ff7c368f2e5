"""Who sits before a ticket: its customer by login, or the holder of a link. Everybody else gets a 404."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from wagtail_escalated.actions import guests
from wagtail_escalated.models import (
    Contact,
    GuestLink,
    Ticket,
)
from wagtail_escalated.permissions import tickets_for, user_contact

from .pages import page


@dataclass(frozen=True)
class Seat:
    """``actor`` acts, ``contact`` is who that is to the desk; ``link`` is a guest's."""

    actor: Any
    contact: Contact
    ticket: Ticket
    token: str = ""
    link: GuestLink | None = None

    def url(self, step: str = "", *args: Any) -> str:
        """Of the conversation, or of one of its steps: ``reply``, ``close``, …"""
        door, key = ("guest", self.token) if self.token else ("ticket", self.ticket.reference)
        name = f"{door}_{step}" if step else f"{door}_conversation"
        return reverse(f"wagtail_escalated:{name}", args=[key, *args])

    @property
    def is_requester(self) -> bool:
        return self.ticket.requester_id == self.contact.pk

    @property
    def is_proved(self) -> bool:
        """Whether it was shown that the contact sits here: by a login, or by a link that went to the address."""
        return self.link is None or guests.proves(self.link)

    def used(self, request: HttpRequest) -> None:
        """Something was sent from here; for a guest that is when the link counts as used."""
        if self.link is not None:
            guests.use(self.link, user=request.user if request.user.is_authenticated else None)

    def may_claim(self, request: HttpRequest) -> bool:
        """Whether who is logged in could put this guest's requests into their account."""
        return self.link is not None and guests.may_claim(self.link, request.user)


View = Callable[..., HttpResponse]


def for_customer(view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponse:
        return _seated(view, request, seat_of_user(request.user, reference), kwargs)

    wrapped.login_required = False  # the page itself says how to log in
    return wrapped


def for_guest(view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        return _seated(view, request, seat_of_guest(token), kwargs, guest=True)

    return privately(wrapped)


def privately(view: View) -> View:
    """For whoever holds the token in the address: no other site may read it, no search engine keep it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    wrapped.login_required = False
    return wrapped


def seat_of_user(user: Any, reference: str) -> Seat | None:
    ticket = (
        tickets_for(user, "view_as_customer")
        .for_reference(reference)
        .select_related("requester", "site", "department", "merged_into")
        .first()
    )
    return Seat(user, user_contact(user), ticket) if ticket else None


def seat_of_guest(token: str) -> Seat | None:
    link = guests.resolve(token)
    return Seat(link.contact, link.contact, link.ticket, token, link) if link else None


def _seated(view: View, request, seat: Seat | None, kwargs, *, guest: bool = False) -> HttpResponse:
    try:
        response = nowhere(request, guest=guest) if seat is None else view(request, seat, **kwargs)
    except PermissionDenied:
        response = nowhere(request, guest=guest)
    add_never_cache_headers(response)
    return response


def nowhere(request: HttpRequest, *, guest: bool = False) -> HttpResponse:
    """The same page for what is not there and for what is not theirs."""
    return page(request, "not_found", {"guest": guest}, status=404)
