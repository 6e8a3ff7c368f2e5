"""When two letters are one: the same content to the same address, whatever way they came."""

from __future__ import annotations

import hashlib

from wagtail_escalated.mail.message import InboundMessage

# Headers that a sender writes; those of the way here differ each time.
OWN_HEADERS = ("from", "to", "cc", "date", "subject", "in-reply-to", "references")


def dedupe_key(message: InboundMessage, recipient: str) -> str:
    """SHA-256 over Message-ID (or the letter's own headers), bodies, files and the receiving address."""
    digest = hashlib.sha256()
    for part in _parts(message, recipient):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _parts(message: InboundMessage, recipient: str):
    if message.message_id:
        yield message.message_id.encode("utf-8", "replace")
    else:
        for name in OWN_HEADERS:
            yield message.headers.raw(name).encode("utf-8", "replace")
    yield " ".join(message.text.split()).encode("utf-8", "replace")
    yield " ".join(message.html.split()).encode("utf-8", "replace")
    for file in message.files:
        yield file.content
    yield recipient.lower().encode("utf-8", "replace")
