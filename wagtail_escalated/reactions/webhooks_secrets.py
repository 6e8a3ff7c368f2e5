"""Secrets and signatures after the Standard Webhooks scheme (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from wagtail_escalated.models import WebhookEndpoint

PREFIX = "whsec_"
SECRET_BYTES = 32
#: How long the old secret still signs beside the new one.
CHANGE_OVER = timedelta(days=1)


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """Encrypted with the site's ``SECRET_KEY``: a stolen database alone signs nothing."""
    return _fernet().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Nothing where the key has changed and is no longer among ``SECRET_KEY_FALLBACKS``."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def give_first(endpoint: WebhookEndpoint) -> str:
    """Save a new endpoint with its secret, which is told here and never again."""
    secret = new_secret()
    endpoint.sealed_secret = seal(secret)
    endpoint.save()
    return secret


def renew(endpoint: WebhookEndpoint, *, now: datetime) -> str:
    """A new secret, told here and never again; the old one still signs for a day."""
    secret = new_secret()
    endpoint.sealed_old_secret, endpoint.sealed_secret = endpoint.sealed_secret, seal(secret)
    endpoint.old_secret_until = now + CHANGE_OVER if endpoint.sealed_old_secret else None
    endpoint.save(update_fields=["sealed_secret", "sealed_old_secret", "old_secret_until"])
    return secret


def secrets_of(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """Those that sign now, the newest first."""
    sealed = [endpoint.sealed_secret]
    if endpoint.old_secret_until is not None and endpoint.old_secret_until > now:
        sealed.append(endpoint.sealed_old_secret)
    return [secret for one in sealed if (secret := unseal(one)) is not None]


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """``v1,<base64 of HMAC-SHA256>`` over id, timestamp and body, joined by dots."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    return MultiFernet([Fernet(_key(key)) for key in keys])


def _key(text: str) -> bytes:
    digest = hashlib.sha256(b"wagtail_escalated.webhooks|" + text.encode()).digest()
    return base64.urlsafe_b64encode(digest)
