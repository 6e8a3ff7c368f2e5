"""Bytes of a letter into text, whatever its charset claims. The one place that repairs charsets."""

import codecs
import re

# Names seen in letters, and what their senders mean. Supersets stand in for what is never pure.
ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "cp-850": "cp850",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "big5": "big5hkscs",
    "x-unknown": "",
    "unknown-8bit": "",
    "x-user-defined": "",
    "binary": "",
    "default": "",
}
# Codecs of Python that are no charsets: they execute escapes, or take quadratic time.
NO_CHARSETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "oem",
}

# A label may be 2 kB of rubbish; those that exist are short.
_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,40}")
# What most charsets leave undefined or nobody types: a sign that the label lied.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x9f]")


def decode(data: bytes, charset: str = "") -> str:
    """Never raises; NUL and lone surrogates do not survive."""
    for candidate in _candidates(data, charset):
        try:
            return clean(data.decode(candidate))
        except (UnicodeError, LookupError, ValueError):
            continue
    return clean(data.decode(known_codec(charset) or "utf-8", "replace"))


def clean(text: str) -> str:
    text = text.removeprefix("\ufeff").replace("\x00", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def known_codec(charset: str) -> str:
    """Python's name for it, or nothing."""
    label = charset.strip(" \t\"'").lower()
    label = ALIASES.get(label, label)
    if not _LABEL.fullmatch(label):
        return ""
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)
    return "" if info.name.replace("-", "_") in NO_CHARSETS or not is_text else info.name


def _candidates(data: bytes, charset: str):
    declared = known_codec(charset)
    for bom, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(bom) and not declared.startswith("utf-16"):
            yield codec
    # Bytes that are valid UTF-8 beyond ASCII are hardly ever anything else.
    if declared.startswith("cp125") and not data.isascii():
        yield "utf-8"
    if declared:
        yield declared
    yield "utf-8"
    if declared != "cp1252":
        yield "cp1252"
    yield "latin-1"


def looks_wrong(text: str) -> bool:
    """Whether a decoding left what nobody types."""
    return bool(_CONTROLS.search(text)) or "\ufffd" in text
