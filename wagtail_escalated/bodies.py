"""The text of a message in both its forms, and what was quoted in it."""

from dataclasses import dataclass

from wagtail_escalated.sanitize import text_from_html


@dataclass(frozen=True, slots=True)
class MessageBody:
    """``text`` and ``html`` are what the writer wrote, as it came; nothing here is sanitised.

    ``html`` is empty where the message had none. The quoted parts are what a reader unfolds.
    """

    text: str
    html: str = ""
    quoted_text: str = ""
    quoted_html: str = ""

    @classmethod
    def from_text(cls, text: str) -> "MessageBody":
        return cls(text=storable(text))

    @classmethod
    def from_html(cls, html: str) -> "MessageBody":
        html = storable(html)
        return cls(text=text_from_html(html), html=html)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() and "<img" not in self.html.lower()


def storable(value: str) -> str:
    """PostgreSQL refuses NUL in text, and a lone surrogate can't be encoded by any database."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
