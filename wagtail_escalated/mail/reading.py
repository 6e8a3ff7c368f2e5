"""Letters out of files: one ``.eml``, an mbox, a maildir, or standard input."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone

from wagtail_escalated.mail import archive, intake
from wagtail_escalated.mail.adapters.base import Delivery, Letter
from wagtail_escalated.mail.adapters.raw import Raw
from wagtail_escalated.models import InboundEmail


def letters_in(path: Path) -> Iterator[bytes]:
    """Every letter, one at a time. Raises ``OSError``."""
    if path.is_dir():
        yield from _of_maildir(path)
        return
    with path.open("rb") as file:
        is_mbox = file.read(5) == b"From "
    if is_mbox:
        yield from _of_mbox(path)
    else:
        yield path.read_bytes()


def _of_maildir(path: Path) -> Iterator[bytes]:
    if not (path / "cur").is_dir() and not (path / "new").is_dir():
        for one in sorted(path.glob("*.eml")):
            yield one.read_bytes()
        return
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.keys()):
        yield box.get_bytes(key)


def _of_mbox(path: Path) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.keys():  # noqa: SIM118  (a mailbox iterates over parsed messages)
            yield box.get_bytes(key)
    finally:
        box.close()


def from_stream(stream: BinaryIO) -> bytes:
    return stream.read()


def receive(raw: bytes) -> str:
    """The same way as through the webhook, worked on at once. Returns the state of its row.

    The same bytes again are a duplicate, without a second row.
    """
    delivery = Delivery(body=raw, content_type="message/rfc822")
    key = archive.delivery_key(Raw.name, Letter(raw), delivery)
    earlier = archive.known(key)
    if earlier is not None and earlier.state not in {
        InboundEmail.State.RECEIVED,
        InboundEmail.State.FAILED,
    }:
        return InboundEmail.State.DUPLICATE
    row = earlier or archive.keep(Raw.name, delivery, key=key, now=timezone.now())
    return intake.process(str(row.pk)) or row.state
