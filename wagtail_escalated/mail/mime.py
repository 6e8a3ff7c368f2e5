"""The parts of a letter, found within bounds set before parsing (RFC 2046).

The standard library's parser has none: it recurses, and passes each line through every level.
Parts are places in the one buffer, not copies.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wagtail_escalated.mail.headers import (
    MAX_HEADER_BLOCK,
    Headers,
    decode_base64,
    parse_headers,
    parse_parameters,
)

MAX_PARTS = 1_000
MAX_DEPTH = 50
MAX_FALSE_BOUNDARIES = 20_000
MAX_LEFT_OPEN = 10

_BLANK_LINE = re.compile(rb"\n[ \t]*\r?\n")  # begins with one byte: searched for at memory's speed
# A byte order mark and blank lines, where a header follows.
_BEFORE_HEADERS = re.compile(
    rb"(?:(?:\xef\xbb\xbf)?[\r\n]{0,100}(?=[!-9;-~]{1,200}[ \t]*:|From ))?"
)
# "--something" on a line of its own right above the header of a part.
_UNNAMED_BOUNDARY = re.compile(
    rb"\n--([^\s][^\r\n]{0,69})\r?\n(?=Content-[A-Za-z-]{1,40}:)", re.IGNORECASE
)
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")


@dataclass(slots=True)
class Part:
    raw: bytes
    start: int
    end: int
    headers: Headers
    content_type: str
    parameters: dict[str, str]
    disposition: str = ""
    name: str = ""
    children: list["Part"] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def content_id(self) -> str:
        return self.headers.raw("content-id").strip("<> \t")[:250]

    def decoded(self) -> bytes:
        """The body without its transfer encoding; an unknown one is taken for none."""
        encoding = self.headers.raw("content-transfer-encoding").strip(" ;\"'").lower()
        if encoding == "base64":
            return decode_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding in {"x-uuencode", "uuencode", "x-uue"}:
            return _decode_uu(self.body)
        return self.body

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()


class Parser:
    """Reads one letter; ``defects`` tells what was repaired or cut."""

    def __init__(self, raw: bytes):
        self.raw, self.defects = raw, []
        if b"\r" in raw[:MAX_HEADER_BLOCK] and b"\n" not in raw:
            self.raw = raw.replace(b"\r", b"\n")
            self.defects.append("line ends")
        self._parts = 0
        self._false_boundaries = 0
        self._left_open: list[bytes] = []  # boundaries of multiparts that ended without saying so

    def parse(self) -> Part:
        start = _BEFORE_HEADERS.match(self.raw).end()
        if self.raw.startswith(b"From ", start) and b"\n" in self.raw[start : start + 2000]:
            start = self.raw.index(b"\n", start) + 1  # the envelope line of an mbox
        return self._part(start, len(self.raw), depth=0, default="text/plain")

    def _part(self, start: int, end: int, *, depth: int, default: str) -> Part:
        self._parts += 1
        header_end, body_start = self._split(start, end)
        headers = parse_headers(self.raw[start:header_end])
        content_type, parameters = parse_parameters(headers.raw("content-type"))
        if not _TYPE.fullmatch(content_type):
            content_type = default
        disposition, more = parse_parameters(headers.raw("content-disposition"))
        name = more.get("filename") or parameters.get("name") or ""
        part = Part(self.raw, body_start, end, headers, content_type, parameters, disposition, name)
        if content_type.startswith("multipart/"):
            self._fill(part, depth)
        return part

    def _split(self, start: int, end: int) -> tuple[int, int]:
        if self.raw[start : start + 1] == b"\n":
            return start, start + 1
        if self.raw[start : start + 2] == b"\r\n":
            return start, start + 2
        found = _BLANK_LINE.search(self.raw, start, min(end, start + MAX_HEADER_BLOCK))
        return (found.start(), found.end()) if found else (end, end)

    def _fill(self, part: Part, depth: int) -> None:
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if not boundary:
            self.defects.append("no boundary")
            boundary = self._unnamed_boundary(part)
        if not boundary:
            part.content_type = "text/plain"
            return
        if depth >= MAX_DEPTH:
            self.defects.append("too deep")
            return
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in self._sections(part, boundary):
            if self._parts >= MAX_PARTS:
                self.defects.append("too many parts")
                break
            part.children.append(self._part(start, end, depth=depth + 1, default=default))
            self._divide(part, end, depth=depth + 1, default=default)
        if not part.children and not self._has_boundary(part, boundary):
            self.defects.append("boundary not found")
            part.content_type = "text/plain"

    def _divide(self, part: Part, end: int, *, depth: int, default: str) -> None:
        """A boundary of a multipart that was never closed is no text: a part begins there, too."""
        position, following = 0, dict.fromkeys(self._left_open, (-1, 0, False))
        while self._parts < MAX_PARTS and not (last := part.children[-1]).is_multipart:
            position = max(position, last.start - 1)
            for boundary, line in list(following.items()):
                if line[0] < position:  # what lies ahead was found before
                    following[boundary] = self._next_boundary(boundary, position, end)
                if following[boundary] is None:
                    del following[boundary]
            if not following:
                return
            at, after, _closing = min(following.values())
            last.end, position = max(last.start, at), after - 1
            if after >= end:
                return
            part.children.append(self._part(after, end, depth=depth, default=default))

    def _unnamed_boundary(self, part: Part) -> bytes:
        """Of a multipart that forgot to say it."""
        begin = max(0, part.start - 1)  # the line break before the first line counts
        found = _UNNAMED_BOUNDARY.search(self.raw, begin, min(part.end, begin + 10_000))
        return found[1].rstrip() if found else b""

    def _has_boundary(self, part: Part, boundary: bytes) -> bool:
        """Whether it is there at all: a multipart with nothing in it is empty, not a text."""
        return self._next_boundary(boundary, max(0, part.start - 1), part.end) is not None

    def _sections(self, part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
        """Where each part begins and ends. A missing last boundary ends with the letter."""
        start = None
        position = max(0, part.start - 1)  # the line break before the first line counts
        while True:
            line = self._next_boundary(boundary, position, part.end)
            if line is None:
                break
            at, after, closing = line
            if closing and start is not None:
                at, after, closing = self._past_own_boundaries(start, part.end, boundary, line)
            if start is not None:
                yield start, max(start, at)
            start, position = after, max(after - 1, at + 1)
            if closing:
                return
        if start is not None and start < part.end:
            self.defects.append("no closing boundary")
            yield start, part.end
        if boundary not in self._left_open:
            self._left_open = [*self._left_open, boundary][-MAX_LEFT_OPEN:]

    def _past_own_boundaries(
        self, start: int, end: int, boundary: bytes, line: tuple[int, int, bool]
    ) -> tuple[int, int, bool]:
        """A closing line that is a boundary of the part that it would end: of ``a--`` around ``a----``."""
        headers = parse_headers(self.raw[start : self._split(start, end)[0]])
        _type, parameters = parse_parameters(headers.raw("content-type"))
        own = parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if not own.startswith(boundary + b"--"):
            return line
        closed = False
        # A line that opens a part of ``boundary`` is none of the part's own.
        while line[2] and not closed:
            closed = self.raw[line[0] : line[1]].strip() == b"--" + own + b"--"
            following = self._next_boundary(boundary, max(line[1] - 1, line[0] + 1), end)
            line = following or (end, end, True)
            closed = closed or following is None
        return line

    def _next_boundary(self, boundary: bytes, position: int, end: int):
        marker = b"\n--" + boundary
        while self._false_boundaries < MAX_FALSE_BOUNDARIES:
            at = self.raw.find(marker, position, end)
            if at < 0:
                return None
            after = at + len(marker)
            closing = self.raw[after : after + 2] == b"--"
            line_end = self.raw.find(b"\n", after, end)
            line_end = end if line_end < 0 else line_end
            if closing or not self.raw[after : min(line_end, after + 200)].strip():
                before = at - 1 if at and self.raw[at - 1 : at] == b"\r" else at
                return before, min(line_end + 1, end), closing
            self._false_boundaries += 1
            position = after
        self.defects.append("too many boundaries")
        return None


def _decode_uu(body: bytes) -> bytes:
    out = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end", b"`")) or not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that count wrongly: only the length that the first character names is data.
            length = ((((line[0] - 32) & 63) * 4) + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(out)
