"""Bytes → ``InboundMessage``. Pure, bounded in time and memory, and it raises on no input."""

import mimetypes
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from wagtail_escalated.files import IncomingFile, safe_file_name
from wagtail_escalated.mail.charsets import clean, decode
from wagtail_escalated.mail.flowed import unflow
from wagtail_escalated.mail.headers import Headers, headers_of, message_ids, one_line
from wagtail_escalated.mail.message import InboundMessage
from wagtail_escalated.mail.mime import Parser, Part
from wagtail_escalated.mail.structure import Structure, structure_of
from wagtail_escalated.sanitize import html_from_text, text_from_html

MAX_BODY = 1_000_000  # bytes of one text part, and characters of the whole
MAX_BODY_PARTS = 50
MAX_FILES = 200
MAX_REPORTS = 5
MAX_SUBJECT = 1_000
MAX_REFERENCES = 100

DELIVERY_HEADERS = (
    "delivered-to",
    "x-original-to",
    "x-envelope-to",
    "envelope-to",
    "x-forwarded-to",
)
REPORT_TYPES = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
}
RETURNED_TYPES = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
    "message/partial",
}
_CID = re.compile(r"cid:([^\"'\s>)]{1,250})", re.IGNORECASE)


def normalise(raw: bytes, *, delivered_to: Iterable[str] = ()) -> InboundMessage:
    """``delivered_to`` is what the provider's envelope says, before the letter's own headers."""
    parser = Parser(raw)
    root = parser.parse()
    found = structure_of(root)
    headers = root.headers
    text, html = _bodies(found, parser.defects)
    return InboundMessage(
        headers=headers,
        senders=headers.addresses("from") or headers.addresses("sender"),
        reply_to=headers.addresses("reply-to"),
        to=headers.addresses("to"),
        cc=headers.addresses("cc"),
        delivered_to=_delivered_to(headers, delivered_to),
        return_path=_return_path(headers),
        message_id=next(iter(message_ids(headers.raw("message-id"))), ""),
        in_reply_to=headers.ids("in-reply-to")[:MAX_REFERENCES],
        references=headers.ids("references")[-MAX_REFERENCES:],
        date=_date(headers.raw("date")),
        subject=one_line(headers.text("subject"))[:MAX_SUBJECT],
        text=text,
        html=html,
        files=_files(found, html),
        content_type=root.content_type,
        reports=_reports(root),
        returned=_returned(root),
        defects=tuple(dict.fromkeys(parser.defects)),
    )


def _bodies(found: Structure, defects: list[str]) -> tuple[str, str]:
    cut = any(part.end - part.start > MAX_BODY for part in (*found.text, *found.html))
    if cut or max(len(found.text), len(found.html)) > MAX_BODY_PARTS:
        defects.append("text cut")
    html = ""
    if any(part.content_type == "text/html" for part in found.html):
        html = "\n".join(_as_html(part) for part in _that_fit(found.html))[:MAX_BODY]
    text = "\n".join(filter(None, (_as_text(part) for part in _that_fit(found.text))))
    if not text.strip() and html:
        text = text_from_html(html)
    return text[:MAX_BODY], html


def _that_fit(parts: list[Part]) -> Iterator[Part]:
    """Each part may be as large as the whole body, but not fifty of them."""
    left = MAX_BODY
    for part in parts[:MAX_BODY_PARTS]:
        if left <= 0:
            return
        left -= part.end - part.start
        yield part


def _as_text(part: Part) -> str:
    if part.content_type == "text/html":
        return text_from_html(_content(part))
    if part.content_type == "text/plain":
        return _plain(part)
    return ""


def _as_html(part: Part) -> str:
    if part.content_type == "text/html":
        return _content(part)
    if part.content_type == "text/plain":
        return html_from_text(_plain(part))
    return f'<img src="cid:{part.content_id}">' if part.content_id else ""


def _plain(part: Part) -> str:
    text = _content(part).replace("\r\n", "\n").replace("\r", "\n")
    if part.parameters.get("format", "").lower() == "flowed":
        return unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return text


def _content(part: Part) -> str:
    return decode(part.decoded()[:MAX_BODY], part.parameters.get("charset", ""))


def _files(found: Structure, html: str) -> tuple[IncomingFile, ...]:
    shown = {cid.lower() for cid in _CID.findall(html)}
    media = [part for part in found.text if not part.content_type.startswith("text/")]
    parts = list({id(part): part for part in (*media, *found.files)}.values())
    return tuple(_file(part, number, shown) for number, part in enumerate(parts[:MAX_FILES], 1))


def _file(part: Part, number: int, shown: set[str]) -> IncomingFile:
    return IncomingFile(
        name=safe_file_name(part.name) or _invented_name(part, number),
        content=part.decoded(),
        content_type=part.content_type,
        content_id=part.content_id,
        inline=bool(part.content_id) and part.content_id.lower() in shown,
    )


def _invented_name(part: Part, number: int) -> str:
    if part.content_type == "message/rfc822":
        subject = one_line(headers_of(part.decoded()[:MAX_BODY]).text("subject"))
        return (safe_file_name(subject[:80]) or f"message-{number}") + ".eml"
    extension = mimetypes.guess_extension(part.content_type) or ".bin"
    return f"attachment-{number}{extension}"


def _delivered_to(headers: Headers, envelope: Iterable[str]) -> tuple[str, ...]:
    found = [clean(one_line(address)) for address in envelope if address]
    for name in DELIVERY_HEADERS:
        found += [one.address for one in headers.addresses(name)]
    return tuple(dict.fromkeys(found))


def _return_path(headers: Headers) -> str | None:
    if "return-path" not in headers:
        return None
    found = headers.addresses("return-path")
    return found[0].address if found else ""


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value[:100])
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _reports(root: Part) -> tuple[str, ...]:
    parts = [part for part in root.walk() if part.content_type in REPORT_TYPES]
    return tuple(decode(part.decoded()[:MAX_BODY]) for part in parts[:MAX_REPORTS])


def _returned(root: Part) -> Headers | None:
    if root.content_type not in {"multipart/report", "multipart/mixed"}:
        return None
    for part in root.walk():
        if part.content_type in RETURNED_TYPES:
            return headers_of(part.decoded()[:MAX_BODY])
    return None
