"""A file that came in, before it is anybody's attachment."""

import re
import unicodedata
from dataclasses import dataclass

#: The type of a file that a letter only names (RFC 2046 §5.2.3): it is never fetched.
ELSEWHERE = "message/external-body"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """What a door hands to an action: a safe ``name``, the bytes, and what the sender called them.

    ``content_id`` is without its angle brackets; ``inline`` is true where the body shows the file.
    """

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""
    inline: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)


MAX_NAME = 120  # characters; some file systems count 255 bytes

_PATH = re.compile(r"^.*[/\\]", re.DOTALL)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f]')


def safe_file_name(name: str) -> str:
    """Without a path, control and direction characters; nothing where nothing is left.

    The extension survives when it is cut: what is shown as ``.pdf`` must not end in ``.exe``.
    """
    name = unicodedata.normalize("NFC", name[:2_000])
    name = _PATH.sub("", name)
    # Cf: zero-width and right-to-left characters, which make ``gpj.exe`` read ``exe.jpg``.
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        extension = (dot + extension)[:20] if dot and stem else ""
        name = name[: MAX_NAME - len(extension)].rstrip() + extension
    return name
