"""Deliveries as they came: bytes in the private storage, a row that finds them again."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from wagtail_escalated import storage
from wagtail_escalated.mail.adapters import adapter_for
from wagtail_escalated.mail.adapters.base import Delivery, Letter, Unavailable
from wagtail_escalated.models import InboundEmail


class UsedTwice(Exception):
    """What may be used once (Mailgun's token) came again."""


def delivery_key(provider: str, letter: Letter | None, delivery: Delivery) -> str:
    """Equal for each repetition of one delivery: signatures and times of the provider don't count."""
    if letter is None or not letter.raw:
        parts = [provider.encode(), delivery.body]
    else:
        parts = [
            provider.encode(),
            letter.raw,
            *(one.lower().encode("utf-8", "replace") for one in letter.recipients),
        ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def known(key: str) -> InboundEmail | None:
    """An earlier row of the same delivery; its letter is stored, whatever became of it."""
    return (
        InboundEmail.objects.filter(delivery_key=key)
        .exclude(raw_key="")
        .order_by("received_at")
        .first()
    )


def keep(
    provider: str,
    delivery: Delivery,
    *,
    key: str,
    now: datetime,
    state: str = InboundEmail.State.RECEIVED,
    reason: str = "",
    replay_key: str | None = None,
) -> InboundEmail:
    """Store the bytes, then the row in a commit of its own. Raises ``UsedTwice``."""
    raw_key = storage.put(delivery.body)
    row = InboundEmail(
        provider=provider,
        content_type=delivery.content_type[:250],
        delivery_key=key,
        replay_key=replay_key,
        raw_key=raw_key,
        raw_size=len(delivery.body),
        state=state,
        reason=reason,
        received_at=now,
        next_attempt_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if replay_key and InboundEmail.objects.filter(replay_key=replay_key).exists():
            raise UsedTwice from None
        raise
    return row


def letter_of(row: InboundEmail) -> Letter:
    """The letter in a stored delivery. Raises what the adapter raises, and ``Unavailable``."""
    adapter = adapter_for(row.provider)
    if adapter is None:
        raise Unavailable(f"no adapter named {row.provider}")
    return adapter.letter(Delivery(body=storage.read(row.raw_key), content_type=row.content_type))
