"""Tokens: made, shown once, used, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from wagtail_escalated.models import ApiToken
from wagtail_escalated.tokens import hash_token

#: Tools that search repositories for lost secrets know them by a prefix.
PREFIX = "esc_"
#: The last use is kept to the minute, not to the request.
USED_EVERY = timedelta(minutes=1)


def create(
    user: Any, *, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The row, and the token itself: this is the only time that anybody sees it."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        name=name,
        scopes=sorted(ApiToken.Scope(scope).value for scope in set(scopes)),
        expires_at=expires_at,
        token_hash=hash_token(token),
        hint=token[: len(PREFIX) + 4],
    )
    return row, token


def find(token: str) -> ApiToken | None:
    """The row of a token that is good at this moment, with its user's profile and contact."""
    rows = ApiToken.objects.valid().filter(token_hash=hash_token(token))
    return rows.select_related("user__escalated_agent", "user__escalated_contact").first()


def mark_used(row: ApiToken, *, now: datetime | None = None) -> None:
    now = now or timezone.now()
    if row.last_used_at is None or row.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)


def revoke(row: ApiToken, *, now: datetime | None = None) -> None:
    """At once, in every process: each request reads the row."""
    if row.revoked_at is None:
        row.revoked_at = now or timezone.now()
        row.save(update_fields=["revoked_at"])
