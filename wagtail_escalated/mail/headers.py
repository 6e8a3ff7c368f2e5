"""The header of a letter or part: unfolding, encoded words, parameters, addresses. Linear in its input."""

import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from wagtail_escalated.mail.charsets import clean, decode

MAX_HEADER_BLOCK = 1_000_000  # bytes
MAX_HEADERS = 2_000
MAX_VALUE = 32_000
MAX_PARAMETERS = 4_000  # characters of the value that they are looked for in
MAX_ADDRESSES = 500

_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
# White space is tried from its first character alone, and never given back: 30 kB of it end at once.
_PARAMETER = re.compile(
    r"(?:;|(?<!\s)\s)\s*+([^=;\s\"]{1,80})\s*+=\s*+(\"(?:[^\"\\]|\\.)*+\"?|[^;]*+)", re.DOTALL
)
_CONTINUED = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?")
_ID = re.compile(r"<\s*([^<>\s]{1,998})\s*>")
_NOT_BASE64 = bytes(c for c in range(256) if not (chr(c).isalnum() and c < 128) and c not in b"+/")


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


class Headers:
    """Raw values under lower-case names, in order; decoded when asked for."""

    def __init__(self, items: list[tuple[str, bytes]]):
        self.items = items
        self._first: dict[str, bytes] = {}
        for name, value in items:
            self._first.setdefault(name, value)

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def raw(self, name: str) -> str:
        """The first value, unfolded, its encoded words left as they are."""
        return _to_text(self._first.get(name, b""))

    def text(self, name: str) -> str:
        return decode_words(self.raw(name))

    def all(self, name: str) -> list[str]:
        return [_to_text(value) for key, value in self.items if key == name]

    def addresses(self, name: str) -> tuple[Address, ...]:
        found: list[Address] = []
        for key, value in self.items:
            if key == name and len(found) < MAX_ADDRESSES:
                found += parse_addresses(_to_text(value))
        return tuple(found[:MAX_ADDRESSES])

    def ids(self, name: str) -> tuple[str, ...]:
        return tuple(one for value in self.all(name) for one in message_ids(value))


def parse_headers(block: bytes) -> Headers:
    """``block`` is everything above the blank line. What is no header line is passed over."""
    items: list[tuple[str, bytes]] = []
    block = block[:MAX_HEADER_BLOCK].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for line in re.split(rb"\n(?![ \t])", block):
        found = _NAME.match(line)
        if found:
            value = re.sub(rb"\n[ \t]", b" ", found[2])
            items.append((found[1].decode("ascii").lower(), value[:MAX_VALUE].strip()))
        if len(items) >= MAX_HEADERS:
            break
    return Headers(items)


def headers_of(letter: bytes) -> Headers:
    """Of a whole letter; its parts are not looked for."""
    return parse_headers(
        re.split(rb"\r?\n\r?\n", letter[:MAX_HEADER_BLOCK].lstrip(), maxsplit=1)[0]
    )


def _to_text(value: bytes) -> str:
    # A header may not hold bytes beyond ASCII; those that do are UTF-8 (RFC 6532) or the sender's habit.
    return clean(decode(value)).replace("\n", " ").replace("\r", " ").strip()


def decode_words(value: str) -> str:
    """RFC 2047, also where words are broken inside a character, touch each other or stand in quotes."""
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _ENCODED_WORD.finditer(value[:MAX_VALUE]):
        between = value[position : word.start()]
        label = word[1].partition("*")[0].lower()
        if pending and (between.strip() or label != charset):
            out.append(decode(pending, charset))
            pending = b""
        if between.strip() or (not pending and not out):
            out.append(between)
        charset, position = label, word.end()
        pending += _word_bytes(word[2], word[3])
    if pending:
        out.append(decode(pending, charset))
    out.append(value[position:])
    return one_line("".join(out))


def _word_bytes(encoding: str, data: str) -> bytes:
    raw = data.encode("utf-8")
    if encoding in "bB":
        return decode_base64(raw)
    return binascii.a2b_qp(raw.replace(b"_", b" "), header=False)


def decode_base64(data: bytes) -> bytes:
    """Whatever is left when all that is no base64 is dropped; padding in the middle ends nothing."""
    data = data.translate(None, _NOT_BASE64)
    rest = len(data) % 4
    if rest == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def one_line(text: str) -> str:
    """Without line breaks and control characters: they must not start a header or hide in a list."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def message_ids(value: str) -> list[str]:
    """The ids of a Message-ID, In-Reply-To or References header, without their brackets."""
    found = _ID.findall(value)
    if found or "<" in value:
        return found
    return [word for word in value.split() if "@" in word][:1]


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """``text/plain; charset=x`` → its lower-case value and its parameters (RFC 2231 put together)."""
    value = value[:MAX_PARAMETERS]
    head, rest = re.fullmatch(r"([^;\s]*)(.*)", value.strip(), re.DOTALL).groups()
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, content in _PARAMETER.findall(rest):
        found = _CONTINUED.fullmatch(name.lower())
        if found:
            piece = (int(found[2] or 0), bool(found[3]), _unquote(content))
            pieces.setdefault(found[1], []).append(piece)
    return head.lower(), {name: _join(found) for name, found in pieces.items()}


def _unquote(content: str) -> str:
    content = content.strip()
    if content.startswith('"'):
        return re.sub(r"\\(.)", r"\1", content[1:].removesuffix('"'))
    return content


def _join(pieces: list[tuple[int, bool, str]]) -> str:
    extended = [piece for piece in pieces if piece[1]]
    if not extended:
        return decode_words("".join(text for _, _, text in sorted(pieces)))
    charset, data = "", b""
    # Where a name stands plain and extended, the extended one counts (RFC 5987's advice).
    chosen = pieces if any(number for number, _, _ in pieces) else extended
    for index, (_, is_extended, text) in enumerate(sorted(chosen)):
        if is_extended and index == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if is_extended else text.encode("utf-8")
    return clean(decode(data, charset))


def parse_addresses(value: str) -> list[Address]:
    """``name <local@domain>``, groups, comments, quoted and encoded names; a part without @ is dropped."""
    found = []
    for piece in _split_list(value[:MAX_VALUE]):
        address = _one_address(piece)
        if address:
            found.append(address)
        if len(found) >= MAX_ADDRESSES:
            break
    return found


# A quoted string, a comment, an address in brackets, a separator, or a run of anything else.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)?|<[^<>]*>?|[,;:]|[^"(<,;:]+|.', re.DOTALL
)


def _split_list(value: str):
    """Pieces between commas, semicolons and group names; what is quoted or in brackets stays whole."""
    piece: list[str] = []
    for token in _TOKEN.findall(value):
        if token in {",", ";"}:
            yield "".join(piece)
        if token in {",", ";", ":"}:
            piece = []
        else:
            piece.append(token)
    yield "".join(piece)


_COMMENT = re.compile(r"\(([^()]{0,500})\)")
# What can stand unquoted in an address (RFC 5322, RFC 6531); anything else has two readings.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,190}@[^\s@<>()\[\],;:\\\"]{1,250}")


def _one_address(piece: str) -> Address | None:
    piece = piece.strip()
    before, bracket, after = piece.rpartition("<")
    if bracket:
        address, name = after.partition(">")[0], before
    else:
        comment = _COMMENT.search(piece)
        name = comment[1] if comment else ""
        address = _COMMENT.sub("", _COMMENT.sub("", piece))
    address = decode_words("".join(address.split()))
    # A source route (RFC 821) is passed over.
    address = address.rpartition(":")[2] if address.startswith("@") else address
    if not _ADDRESS.fullmatch(address):
        return None
    return Address(_display_name(name), address)


def _display_name(name: str) -> str:
    name = one_line(decode_words(_unquote(name.strip())))
    return name.strip("\"' ")[:200]
