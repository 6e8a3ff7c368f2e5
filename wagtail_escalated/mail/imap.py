"""Letters from a mailbox by IMAP, with the standard library's client: for hosts without a provider.

A letter is marked as seen only after it is stored; one that could not be stored stays for the next time.
"""

from __future__ import annotations

import base64
import imaplib
import os
import re
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

PASSWORD = "ESCALATED_IMAP_PASSWORD"  # noqa: S105  (the name of the variable)
SECONDS = 60


class MailboxError(Exception):
    """The server refused, or the address is not ``imaps://user@host/FOLDER``."""


def is_mailbox(path: str) -> bool:
    return path.startswith(("imaps://", "imap+tls://"))


def unseen(address: str, password: str | None = None) -> Iterator[bytes]:
    """Each unseen letter; asking for the next one says that the last is stored.

    The password is read from ``ESCALATED_IMAP_PASSWORD``: a command's arguments are everybody's to read.
    """
    parts = urlsplit(address)
    password = password if password is not None else os.environ.get(PASSWORD, "")
    if not (parts.hostname and parts.username and password):
        raise MailboxError(f"Write imaps://user@host/FOLDER, and set {PASSWORD}.")
    try:
        with _connect(address, parts) as server:
            server.login(unquote(parts.username), password)
            answer, said = server.select(f'"{_folder(parts.path)}"')
            if answer != "OK":
                raise MailboxError(f"{parts.hostname}: {said[0].decode('utf-8', 'replace')}")
            yield from _letters(server)
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"{parts.hostname}: {type(error).__name__}: {error}") from None


def _connect(address: str, parts) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if address.startswith("imap+tls://"):
        server = imaplib.IMAP4(parts.hostname, parts.port or 143, timeout=SECONDS)
        server.starttls(context)
        return server
    return imaplib.IMAP4_SSL(
        parts.hostname, parts.port or 993, ssl_context=context, timeout=SECONDS
    )


def _folder(path: str) -> str:
    return _utf_7(unquote(path.strip("/")).replace("\\", "").replace('"', "")) or "INBOX"


def _utf_7(name: str) -> str:
    """The UTF-7 of mailbox names (RFC 3501 §5.1.3), which is not Python's."""
    return re.sub(r"&|[^\x20-\x7e]+", lambda found: f"&{_sextets(found[0])}-", name)


def _sextets(text: str) -> str:
    if text == "&":
        return ""
    encoded = base64.b64encode(text.encode("utf-16-be", "replace"), b"+,")
    return encoded.decode("ascii").rstrip("=")


def _letters(server: imaplib.IMAP4) -> Iterator[bytes]:
    _answer, found = server.uid("SEARCH", "UNSEEN")
    for uid in (found[0] or b"").split():
        # PEEK leaves it unseen until we say so.
        _answer, parts = server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if raw is None:
            continue
        yield raw
        server.uid("STORE", uid.decode(), "+FLAGS", "(\\Seen)")
