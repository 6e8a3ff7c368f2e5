"""The headings of an article: an address for each, and a list of them at the top of a long one."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

#: So many headings make an article long enough for a list of them.
ENOUGH = 3
_HEADING = re.compile(r"<h([23])(\s[^>]*)?>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(r"""\sid=["']([^"']+)["']""")


@dataclass(frozen=True)
class Heading:
    level: int
    anchor: str
    text: str


def with_anchors(rendered: SafeString) -> tuple[SafeString, list[Heading]]:
    """What a page's own templates made of its body, each heading with an id and a link to itself."""
    headings: list[Heading] = []
    taken: set[str] = set()

    def anchored(found: re.Match) -> str:
        level, attributes, inner = int(found[1]), found[2] or "", found[3]
        text = html.unescape(strip_tags(inner)).strip()
        if not text:
            return found[0]
        own = _ID.search(attributes)
        anchor = own[1] if own else _free(text, taken)
        taken.add(anchor)
        headings.append(Heading(level, anchor, text))
        identity = "" if own else format_html(' id="{}"', anchor)
        return f"<h{level}{attributes}{identity}>{inner}{_link(anchor, text)}</h{level}>"

    return SafeString(_HEADING.sub(anchored, rendered)), headings


def _free(text: str, taken: set[str]) -> str:
    base = slugify(text, allow_unicode=True)[:80] or "section"
    base = f"{base}-" if base in ("content", "feedback") else base  # the page's own
    number, anchor = 2, base
    while anchor in taken:
        number, anchor = number + 1, f"{base}-{number}"
    return anchor


def _link(anchor: str, text: str) -> SafeString:
    label = _("Link to “%(heading)s”") % {"heading": text}
    return format_html('<a class="esc-kb-anchor" href="#{}" aria-label="{}">#</a>', anchor, label)
