"""Work that a visitor's browser does where forms come so fast that a machine may send them.

Nobody else is asked, nothing is loaded from elsewhere. Who has no JavaScript waits instead.
"""

from __future__ import annotations

import hashlib
import secrets

from django.core import signing
from django.http import HttpRequest

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.ratelimit import client_ip, count, hit

#: Forms of one address and of everybody together after which work is asked for, each in ``WINDOW`` seconds.
CALM_ADDRESS, CALM_SITE, WINDOW = 5, 60, 600
#: Leading zeros of the hash: about 130,000 tries, less than a second of a telephone.
BITS = 17
#: Seconds that somebody without JavaScript waits, and for which a question is good.
PATIENCE, LIFETIME = 30, 900
LONGEST_ANSWER = 200

_signer = signing.TimestampSigner(salt="wagtail_escalated.proof")


def is_asked(request: HttpRequest, site_pk: int) -> bool:
    """Counts a form of a visitor without an account. A host's own captcha stands in for the work."""
    if desk_settings.CAPTCHA_CHECK is not None:
        return False
    address = count("forms-address", client_ip(request), limit=CALM_ADDRESS, window=WINDOW)
    together = count("forms-site", str(site_pk), limit=CALM_SITE, window=WINDOW)
    return address.is_past or together.is_past


def question() -> str:
    return _signer.sign(secrets.token_urlsafe(9))


def is_right(answer: str, *, patience: bool = False) -> bool:
    """Whether the work was done (``<question>:<number>``) or, with ``patience``, waited out. Good once."""
    asked, _colon, number = answer[:LONGEST_ANSWER].rpartition(":")
    if number.isdecimal() and _is_genuine(asked):
        digest = hashlib.sha256(answer.encode()).digest()
        return int.from_bytes(digest[:4]) >> (32 - BITS) == 0 and _is_new(asked)
    waited = patience and _is_genuine(answer) and not _is_genuine(answer, PATIENCE)
    return waited and _is_new(answer)


def _is_genuine(asked: str, max_age: int = LIFETIME) -> bool:
    try:
        _signer.unsign(asked, max_age=max_age)
    except signing.BadSignature:
        return False
    return True


def _is_new(asked: str) -> bool:
    # The window is longer than any question lives, so that none is good in the next one, too.
    return hit("proof", asked, limit=1, window=LIFETIME * 96) is None
