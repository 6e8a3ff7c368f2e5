"""What a browser sends again after a lost answer is taken once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import IntegrityError, transaction

from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import IdempotencyKey, Ticket
from wagtail_escalated.permissions import tickets_for

MIN_KEY, MAX_KEY = 16, 128


def taken(place: str, key: str) -> Ticket | None:
    """The ticket that this key has written to already."""
    if not is_key(key):
        return None
    row = IdempotencyKey.objects.filter(key_hash=_hash(place, key)).first()
    # The key is the right: it is long, and only who sent the form knows it.
    return tickets_for(SYSTEM, "view").filter(pk=row.answer["ticket"]).first() if row else None


def once(place: str, key: str, write: Callable[[], Ticket]) -> Ticket:
    """Does ``write`` in a transaction, unless the key has done it: then what came of it.

    Two at the same time: the second waits at the unique key, undoes its own, and gets the first's.
    """
    if not is_key(key):
        return write()
    try:
        with transaction.atomic():
            ticket = write()
            IdempotencyKey.objects.create(key_hash=_hash(place, key), answer={"ticket": ticket.pk})
            return ticket
    except IntegrityError:
        first = taken(place, key)
        if first is None:
            raise
        return first


def is_key(key: str) -> bool:
    """Long enough that nobody guesses another visitor's."""
    return MIN_KEY <= len(key) <= MAX_KEY


def _hash(place: str, key: str) -> str:
    return hashlib.sha256(f"{place}|{key}".encode("utf-8", "replace")).hexdigest()
