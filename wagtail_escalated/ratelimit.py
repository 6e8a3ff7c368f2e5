"""How often something may happen: counted in a table, so that all processes count together."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections, router
from django.utils import timezone

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import RateLimit


@dataclass(frozen=True, slots=True)
class Counted:
    """One hit, counted: how many are left in this window, and in how many seconds the next one begins."""

    limit: int
    remaining: int
    reset: int
    is_past: bool


@dataclass(frozen=True, slots=True)
class Limited:
    """The limit is reached; ``retry_after`` in seconds, at least 1."""

    retry_after: int


def hit(scope: str, key: str, *, limit: int, window: int) -> Limited | None:
    """Counts one hit of ``key`` in ``scope``; ``Limited`` where it is past ``limit`` in ``window`` seconds."""
    counted = count(scope, key, limit=limit, window=window)
    return Limited(retry_after=counted.reset) if counted.is_past else None


def count(scope: str, key: str, *, limit: int, window: int) -> Counted:
    """One statement, whatever the number of processes. Hits past the limit count too."""
    now = time.time()
    period = int(now // window)
    ends = (period + 1) * window
    bucket = hashlib.sha256(
        f"{settings.SECRET_KEY}|{scope}|{key}|{window}|{period}".encode("utf-8", "replace")
    ).hexdigest()
    hits = _count(bucket, datetime.fromtimestamp(ends, UTC))
    reset = max(1, int(ends - now) + 1)
    return Counted(limit, max(0, limit - hits), reset, is_past=hits > limit)


def forget_expired() -> int:
    """Deletes the counts of windows that are over; how many there were."""
    return RateLimit.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def client_ip(request) -> str:
    """The client's address; a forwarded one only as far as ``TRUSTED_PROXY_COUNT`` proxies wrote it.

    IPv6 is cut to its /64, which is what one customer of a provider has.
    """
    address = request.META.get("REMOTE_ADDR", "")
    proxies = desk_settings.TRUSTED_PROXY_COUNT
    forwarded = [
        part.strip()
        for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if part.strip()
    ]
    if proxies and len(forwarded) >= proxies:
        address = forwarded[-proxies]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _count(bucket: str, expires_at: datetime) -> int:
    """The hits of the bucket, this one included."""
    connection = connections[router.db_for_write(RateLimit)]
    table = connection.ops.quote_name(RateLimit._meta.db_table)
    expires = connection.ops.adapt_datetimefield_value(expires_at)
    if connection.vendor == "mysql":
        # No RETURNING that MySQL and MariaDB share; the answer to the upsert carries LAST_INSERT_ID.
        insert = (
            f"INSERT INTO {table} (bucket, hits, expires_at) VALUES (%s, 1, %s) "  # noqa: S608
            "ON DUPLICATE KEY UPDATE hits = LAST_INSERT_ID(hits + 1)"
        )
        with connection.cursor() as cursor:
            if cursor.execute(insert, [bucket, expires]) == 1:  # 2 where the row was there
                return 1
            return cursor.lastrowid
    insert = (
        f"INSERT INTO {table} AS counted (bucket, hits, expires_at) VALUES (%s, 1, %s) "  # noqa: S608
        "ON CONFLICT (bucket) DO UPDATE SET hits = counted.hits + 1 RETURNING hits"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert, [bucket, expires])
        return cursor.fetchone()[0]
