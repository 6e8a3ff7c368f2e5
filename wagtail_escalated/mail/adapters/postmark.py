"""Postmark: one JSON document, with the raw letter in ``RawEmail`` where that is switched on.

https://postmarkapp.com/developer/webhooks/inbound-webhook
Postmark proves itself by the secret alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from wagtail_escalated.files import IncomingFile
from wagtail_escalated.mail.adapters.base import (
    Delivery,
    InvalidPayload,
    Letter,
    Proof,
    StatusEvent,
    word,
)
from wagtail_escalated.mail.adapters.rebuild import rebuild

STATUS_KINDS = {"Delivery": "delivered", "Bounce": "bounced", "SpamComplaint": "complained"}
# Types after which Postmark itself stops sending to the address.
PERMANENT = {"HardBounce", "BadEmailAddress", "ManuallyDeactivated", "Blocked", "SpamComplaint"}


class Postmark:
    name = "postmark"

    def authenticate(self, delivery: Delivery) -> Proof:
        return Proof()

    def is_remote(self, delivery: Delivery) -> bool:
        return False

    def letter(self, delivery: Delivery) -> Letter:
        fields = _document(delivery.body)
        recipients = (
            [_text(fields, "OriginalRecipient")] if _text(fields, "OriginalRecipient") else []
        )
        raw = _text(fields, "RawEmail")
        return Letter(
            raw=_raw_bytes(raw) if raw.strip() else _rebuilt(fields),
            recipients=tuple(recipients),
            verdict=_verdict(fields),
        )

    def statuses(self, delivery: Delivery) -> Iterable[StatusEvent]:
        fields = _document(delivery.body)
        kind = STATUS_KINDS.get(_text(fields, "RecordType"))
        if kind is None:
            return
        yield StatusEvent(
            kind=kind,
            provider_id=_text(fields, "MessageID"),
            recipient=_text(fields, "Recipient") or _text(fields, "Email"),
            permanent=_text(fields, "Type") in PERMANENT or kind == "complained",
            detail=_text(fields, "Description") or _text(fields, "Details"),
        )


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidPayload("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise InvalidPayload("The body is not a JSON object.")
    return found


def _raw_bytes(raw: str) -> bytes:
    try:
        return raw.encode("utf-8")
    except UnicodeEncodeError:
        pass
    try:  # bytes that are no UTF-8, as Python and what follows it write them
        return raw.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "surrogatepass")


def _rebuilt(fields: dict[str, Any]) -> bytes:
    text, html = _text(fields, "TextBody"), _text(fields, "HtmlBody")
    files = [
        _file(one) for one in word(fields.get("Attachments"), list, []) if isinstance(one, dict)
    ]
    subject = _text(fields, "Subject")
    if not (text.strip() or html.strip() or files or subject.strip()):
        return b""
    headers = [
        (name, _text(fields, name))
        for name in ("From", "To", "Cc", "Subject", "Date")
        if fields.get(name)
    ]
    if _text(fields, "ReplyTo"):
        headers.append(("Reply-To", _text(fields, "ReplyTo")))
    return rebuild([*headers, *_headers(fields)], text=text, html=html, files=files)


def _headers(fields: dict[str, Any]) -> list[tuple[str, str]]:
    known = {"from", "to", "cc", "subject", "date", "reply-to"}
    return [
        (_text(one, "Name"), _text(one, "Value"))
        for one in word(fields.get("Headers"), list, [])
        if isinstance(one, dict) and _text(one, "Name").lower() not in known
    ]


def _file(fields: dict[str, Any]) -> IncomingFile:
    try:
        content = base64.b64decode(_text(fields, "Content") or _text(fields, "Data"))
    except (binascii.Error, ValueError):
        content = b""
    return IncomingFile(
        name=_text(fields, "Name"),
        content=content,
        content_type=_text(fields, "ContentType"),
        content_id=_text(fields, "ContentID").strip("<>").removeprefix("cid:"),
    )


def _verdict(fields: dict[str, Any]) -> dict[str, str]:
    """From SpamAssassin's tests, which Postmark adds; a second such header was written by the sender."""
    values = [value for name, value in _headers(fields) if name.lower() == "x-spam-tests"]
    if len(values) != 1:
        return {}
    tests = {one.strip().upper() for one in values[0].split(",")}
    found = {}
    if "SPF_PASS" in tests:
        found["spf"] = "pass"
    elif tests & {"SPF_FAIL", "SPF_SOFTFAIL"}:
        found["spf"] = "fail"
    if "DKIM_VALID_AU" in tests:
        found["dkim_aligned"] = "pass"
    elif tests & {"DKIM_INVALID", "DKIM_ADSP_DISCARD"}:
        found["dkim_aligned"] = "fail"
    return found


def _text(fields: dict[str, Any], name: str) -> str:
    return word(fields.get(name), str, "").replace("\x00", "")
