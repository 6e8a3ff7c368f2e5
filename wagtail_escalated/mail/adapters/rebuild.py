"""A raw letter put together from a provider's fields, so that all providers go one way."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

from wagtail_escalated.files import IncomingFile

# What describes the parts of the first letter, not of the one put together.
NOT_COPIED = {"content-type", "content-transfer-encoding", "mime-version", "content-disposition"}


def rebuild(
    headers: Iterable[tuple[str, str]], *, text: str, html: str, files: Sequence[IncomingFile]
) -> bytes:
    boundary = (
        b"=_" + hashlib.sha256((text + html).encode("utf-8", "replace")).hexdigest()[:32].encode()
    )
    lines = [_header(name, value) for name, value in headers if name.lower() not in NOT_COPIED]
    lines += [b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="' + boundary + b'"']
    return b"\r\n".join([*lines, b"", *_body(text, html, files, boundary)])


def _body(text: str, html: str, files: Sequence[IncomingFile], boundary: bytes) -> Iterable[bytes]:
    inner = boundary + b".a"
    yield b"--" + boundary
    yield b'Content-Type: multipart/alternative; boundary="' + inner + b'"\r\n'
    for kind, content in ((b"plain", text), (b"html", html)):
        if content:
            yield b"--" + inner
            yield b"Content-Type: text/" + kind + b"; charset=utf-8"
            yield from _encoded(content.encode("utf-8", "replace"))
    yield b"--" + inner + b"--"
    for file in files:
        yield b"--" + boundary
        yield _header("Content-Type", _token(file.content_type) or "application/octet-stream")
        yield b'Content-Disposition: attachment; filename="' + _quoted(file.name) + b'"'
        if file.content_id:
            yield _header("Content-ID", f"<{file.content_id.strip('<>')}>")
        yield from _encoded(file.content)
    yield b"--" + boundary + b"--\r\n"


def _encoded(content: bytes) -> Iterable[bytes]:
    yield b"Content-Transfer-Encoding: base64\r\n"
    yield base64.encodebytes(content).replace(b"\n", b"\r\n")


def _header(name: str, value: str) -> bytes:
    return f"{_one_line(name)}: {_one_line(value)}".encode("utf-8", "replace")


def _quoted(name: str) -> bytes:
    return _one_line(name).replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "replace")


def _one_line(value: str) -> str:
    return " ".join(value.replace("\x00", "").splitlines())


def _token(content_type: str) -> str:
    return content_type.partition(";")[0].strip()[:120]
