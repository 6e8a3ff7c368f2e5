"""Mailgun's routes: ``forward()`` as a form, or raw MIME to a URL that ends in ``mime``.

https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/
Files of ``store()`` stay there: fetching them would be to open what a request names. They are listed as left
out. Raw MIME keeps odd file names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.files import ELSEWHERE, IncomingFile
from wagtail_escalated.mail.adapters.base import (
    Delivery,
    InvalidPayload,
    Letter,
    Proof,
    StatusEvent,
    Unauthorised,
    word,
)
from wagtail_escalated.mail.adapters.forms import read_form
from wagtail_escalated.mail.adapters.rebuild import rebuild
from wagtail_escalated.mail.headers import headers_of

MAX_AGE = 15 * 60  # seconds; Mailgun signs each attempt anew
STATUS_KINDS = {"delivered": "delivered", "failed": "bounced", "complained": "complained"}
VERDICTS = {"pass": "pass", "fail": "fail", "softfail": "fail", "neutral": "none", "none": "none"}


class Mailgun:
    name = "mailgun"

    def authenticate(self, delivery: Delivery) -> Proof:
        key = desk_settings.MAILGUN_SIGNING_KEY
        if not key:
            return Proof()
        signed = _signature(delivery)
        _verify(signed, key)
        token = hashlib.sha256(f"mailgun:{signed['token']}".encode("utf-8", "replace")).hexdigest()
        return Proof(stands_in_for_secret=True, replay_key=token)

    def is_remote(self, delivery: Delivery) -> bool:
        return False

    def letter(self, delivery: Delivery) -> Letter:
        fields, files = _fields(delivery)
        recipient = fields.get("recipient", "")
        raw = _raw(fields, files)
        return Letter(
            raw=raw,
            recipients=tuple(one.strip() for one in recipient.split(",") if one.strip()),
            verdict=_verdict(raw),
        )

    def statuses(self, delivery: Delivery) -> Iterable[StatusEvent]:
        data = word(_json(delivery.body).get("event-data"), dict, {})
        kind = STATUS_KINDS.get(word(data.get("event"), str, ""))
        if kind is None:
            return
        permanent = data.get("severity") == "permanent" or kind == "complained"
        headers = word(word(data.get("message"), dict, {}).get("headers"), dict, {})
        status = word(data.get("delivery-status"), dict, {})
        yield StatusEvent(
            kind=kind if permanent or kind != "bounced" else "delayed",
            message_id=word(headers.get("message-id"), str, ""),
            recipient=word(data.get("recipient"), str, ""),
            permanent=permanent,
            detail=str(status.get("message") or status.get("description") or "")[:500],
        )


def _fields(delivery: Delivery) -> tuple[dict[str, str], dict[str, IncomingFile]]:
    """The first value of each field. Raises ``InvalidPayload`` for what is no form."""
    kind = delivery.content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return read_form(delivery.body, delivery.content_type)
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(
                delivery.body.decode("utf-8", "replace"),
                keep_blank_values=True,
                max_num_fields=1_000,
            )
        except ValueError:
            raise InvalidPayload("The form has too many fields.") from None
        fields: dict[str, str] = {}
        for name, value in pairs:
            fields.setdefault(name, value)
        return fields, {}
    raise InvalidPayload("The body is not a form.")


def _signature(delivery: Delivery) -> dict[str, str]:
    if delivery.content_type.partition(";")[0].strip().lower() == "application/json":
        found = word(_json(delivery.body).get("signature"), dict, {})
        return {name: str(found.get(name, "")) for name in ("timestamp", "token", "signature")}
    fields, _files = _fields(delivery)
    return {name: fields.get(name, "") for name in ("timestamp", "token", "signature")}


def _verify(signed: dict[str, str], key: str) -> None:
    timestamp, token = signed["timestamp"], signed["token"]
    wanted = hmac.new(key.encode(), _bytes(timestamp + token), hashlib.sha256).hexdigest()
    if not token or not hmac.compare_digest(wanted.encode(), _bytes(signed["signature"])):
        raise Unauthorised("wrong signature")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise Unauthorised("no time")
    if abs(time.time() - int(timestamp)) > MAX_AGE:
        raise Unauthorised("stale signature")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "replace")


def _raw(fields: dict[str, str], files: dict[str, IncomingFile]) -> bytes:
    if "body-mime" in files:
        return files["body-mime"].content
    if fields.get("body-mime"):
        return fields["body-mime"].encode("utf-8", "surrogateescape")
    text, html = fields.get("body-plain", ""), fields.get("body-html", "")
    attached = _attached(fields, files)
    if not (text.strip() or html.strip() or attached or fields.get("subject", "").strip()):
        return b""
    return rebuild(_headers(fields), text=text, html=html, files=attached)


def _headers(fields: dict[str, str]) -> list[tuple[str, str]]:
    found = [
        (pair[0], pair[1])
        for pair in word(_loads(fields.get("message-headers", "")), list, [])
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    ]
    present = {name.lower() for name, _ in found}
    for name, field in (("From", "from"), ("Subject", "subject"), ("To", "recipient")):
        if name.lower() not in present and fields.get(field):
            found.append((name, fields[field]))
    return found


def _attached(fields: dict[str, str], files: dict[str, IncomingFile]) -> list[IncomingFile]:
    ids = {
        name: cid.strip("<>")
        for cid, name in word(_loads(fields.get("content-id-map", "")), dict, {}).items()
        if isinstance(name, str)
    }
    posted = [
        IncomingFile(file.name, file.content, file.content_type, ids.get(name, ""))
        for name, file in files.items()
        if name.startswith("attachment")
    ]
    return [*posted, *_stored_elsewhere(fields)]


def _stored_elsewhere(fields: dict[str, str]) -> list[IncomingFile]:
    """What ``store()`` names instead of sending it."""
    named = word(_loads(fields.get("attachments", "")), list, [])
    names = [word(one.get("name"), str, "") for one in named if isinstance(one, dict)]
    return [IncomingFile(name, b"", ELSEWHERE) for name in names]


def _verdict(raw: bytes) -> dict[str, str]:
    """From the headers that Mailgun adds: only those above the first Received are not the sender's."""
    added: dict[str, list[str]] = {}
    for name, value in headers_of(raw).items:
        if name == "received":
            break
        added.setdefault(name, []).append(value.decode("ascii", "replace").strip().lower())
    else:
        return {}
    found = {}
    for name, header in (("spf", "x-mailgun-spf"), ("dkim", "x-mailgun-dkim-check-result")):
        if len(added.get(header, ())) == 1:
            found[name] = VERDICTS.get(added[header][0], "none")
    return found


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json(body: bytes) -> dict[str, Any]:
    found = _loads(body.decode("utf-8", "replace"))
    if not isinstance(found, dict):
        raise InvalidPayload("The body is not a JSON object.")
    return found
