"""Signed reply addresses, the links of guests, and those to a contact's mail choices. Nothing is cached: a changed secret counts at once."""

import hashlib
import hmac
import re
import secrets
from urllib.parse import unquote

from django.core import signing

from wagtail_escalated.conf import desk_settings

SIGNATURE_LENGTH = 32
GUEST_TOKEN_BYTES = 32

_LOCAL_PART = re.compile(r"reply\+([1-9][0-9]{0,17})\.([0-9a-f]{32})")


def reply_signature(pk: int) -> str:
    """The first 32 hexadecimal digits of HMAC-SHA256(``INBOUND_SECRET``, the decimal pk); empty without a secret."""
    secret = desk_settings.INBOUND_SECRET
    if not secret:
        return ""
    digest = hmac.new(secret.encode(), str(int(pk)).encode(), hashlib.sha256)
    return digest.hexdigest()[:SIGNATURE_LENGTH]


def reply_address(pk: int) -> str | None:
    """``reply+{pk}.{sig}@{MAIL_DOMAIN}``, or nothing where no secret is set."""
    signature = reply_signature(pk)
    if not signature:
        return None
    return f"reply+{int(pk)}.{signature}@{desk_settings.MAIL_DOMAIN}"


def ticket_pk_from_address(address: str) -> int | None:
    """The ticket that a signed address names; nothing for a forged, foreign or malformed one.

    Gateways change the case and percent-encode the plus sign; both are read.
    """
    local, at, domain = unquote(address.strip()).lower().rpartition("@")
    if not at or domain != desk_settings.MAIL_DOMAIN.lower():
        return None
    found = _LOCAL_PART.fullmatch(local)
    if not found:
        return None
    expected = reply_signature(int(found[1]))
    if not expected or not hmac.compare_digest(expected, found[2]):
        return None
    return int(found[1])


def new_guest_token() -> tuple[str, str]:
    """A token of 256 bits for a link, and the hash of it that is stored."""
    token = secrets.token_urlsafe(GUEST_TOKEN_BYTES)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    """SHA-256 in hexadecimal: enough for a random token, and it can be looked up."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


MAIL_CHOICES_SALT = "wagtail_escalated.mail_choices"
MAIL_CHOICES_SECONDS = 180 * 24 * 3600


def mail_choices_token(contact_pk: int, address: str) -> str:
    """Leads a contact to what mails they get, as long as they have this address."""
    return signing.dumps([contact_pk, _short_hash(address)], salt=MAIL_CHOICES_SALT)


def contact_from_mail_choices(token: str) -> tuple[int, str] | None:
    """The contact's key and ``address_hash`` in a token; nothing for one forged or too old."""
    try:
        pk, address_hash = signing.loads(
            token, salt=MAIL_CHOICES_SALT, max_age=MAIL_CHOICES_SECONDS
        )
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return (pk, address_hash) if isinstance(pk, int) and isinstance(address_hash, str) else None


def is_hash_of(address_hash: str, address: str) -> bool:
    return hmac.compare_digest(
        address_hash.encode("utf-8", "replace"), _short_hash(address).encode()
    )


def _short_hash(address: str) -> str:
    return hash_token(address)[:16]
