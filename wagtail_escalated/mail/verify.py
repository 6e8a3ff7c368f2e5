"""Who may post letters: the shared secret, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac

from django.http import HttpRequest

from wagtail_escalated.conf import desk_settings

HEADER = "X-Escalated-Inbound-Secret"


def has_secret(request: HttpRequest) -> bool:
    """Whether the request carries ``INBOUND_SECRET``, in its header or as password of HTTP Basic."""
    secret = desk_settings.INBOUND_SECRET
    if not secret:
        return False
    in_header = hmac.compare_digest(_bytes(request.headers.get(HEADER, "")), _bytes(secret))
    in_basic = hmac.compare_digest(_bytes(_basic_password(request)), _bytes(secret))
    return in_header or in_basic


def _basic_password(request: HttpRequest) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return decoded.partition(":")[2]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
