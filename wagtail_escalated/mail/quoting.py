"""What the writer wrote, and what their program quoted below it. Nothing is thrown away: it is folded."""

import re

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage as ReplyReader

from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.mail.quote_html import split_html
from wagtail_escalated.mail.quote_lines import (
    begins_signature,
    header_at,
    introduction_at,
    is_header,
    is_quoted,
    is_rule,
    separates,
    title_at,
)
from wagtail_escalated.sanitize import text_from_html

# The library's expressions take time with the square of a line: it sees the beginning of each.
MAX_LINE = 300
MAX_LINES = 1_000
MAX_OPENINGS = 40

LANGUAGES = [name for name in MAIL_LANGUAGES if name != "en"]

_DEEP_QUOTE = re.compile(r"^(?:>\s?){6,}")


def fold(text: str, html: str) -> MessageBody:
    """Both forms of a letter, each cut where its quote begins."""
    visible_html, quoted_html = split_html(html) if html else ("", "")
    visible, quoted = split_text(text)
    if quoted_html and not quoted:
        visible, quoted = text_from_html(visible_html), text_from_html(quoted_html)
    return MessageBody(text=visible, html=visible_html, quoted_text=quoted, quoted_html=quoted_html)


def split_text(text: str) -> tuple[str, str]:
    """(visible, quoted). Where nothing would be left to see, nothing is folded."""
    lines = text.strip("\r\n\t ").replace("\r\n", "\n").split("\n")
    if separates(lines[0]):
        return text.strip(), ""  # forwarded as it is: the quote is the message
    start = _leading_quote(lines)
    own = lines[start:]
    end = start + _without_trailing_quote(own, min(_first_sign(own), _reply_end(own)))
    while end > start and end < len(lines) and is_rule(lines[end - 1] or "-----"):
        end -= 1
    if not "".join(lines[start:end]).strip():
        return text.strip(), ""
    quoted = "\n".join([*lines[:start], *lines[end:]])
    return "\n".join(lines[start:end]).strip("\n").rstrip(), quoted.strip("\n")


def _leading_quote(lines: list[str]) -> int:
    """Where the writer begins who answers below one quote; 0 for all others."""
    start = introduction_at(lines, 0)
    if not start:
        return 0
    while start < len(lines) and (not lines[start].strip() or is_quoted(lines[start])):
        start += 1
    return start if any(line.strip() for line in lines[start:]) else 0


def _first_sign(lines: list[str]) -> int:
    for number in range(min(len(lines), MAX_LINES)):
        line = lines[number]
        if number and (separates(line) or begins_signature(line)):
            return number
        if number and any(find(lines, number) for find in (header_at, introduction_at, title_at)):
            return number
    return len(lines)


def _reply_end(lines: list[str]) -> int:
    """The line at which the library sees another letter begin.

    Its signatures are not asked: they begin at "Best regards", and what follows may be more than a name.
    """
    shown = [_DEEP_QUOTE.sub(">>>>>", line[:MAX_LINE]) for line in lines[:MAX_LINES]]
    if _looks_hostile(shown):
        return len(lines)
    message = ReplyReader(
        text="\n".join(shown), languages=list(LANGUAGES), keep_hyphen_lists=True
    ).read()
    first = message.replies[0]
    if first.headers or len(message.replies) == 1:
        return len(lines)
    end = first.content.count("\n") + 1 if first.content else 0
    return end if _is_whole_header(shown[end : end + 6]) else len(lines)


def _is_whole_header(lines: list[str]) -> bool:
    """Whether what begins with ``To:`` or ``Subject:`` is the header of a letter: three such lines at least."""
    below = [line for line in lines if line.strip()]
    return not below or not is_header(below[0]) or sum(map(is_header, below)) >= 3


def _looks_hostile(lines: list[str]) -> bool:
    """Whether this was built to make an expression search for ever."""
    blank = longest = openings = 0
    for line in lines:
        blank = 0 if line.strip() else blank + 1
        longest = max(longest, blank)
        openings += len(line) > 200
    return longest > 50 or openings > MAX_OPENINGS


def _without_trailing_quote(lines: list[str], end: int) -> int:
    """Quoted lines at the end go, and what introduces them; those with answers below stay."""
    last = end
    while last and (not lines[last - 1].strip() or is_quoted(lines[last - 1])):
        last -= 1
    if not any(is_quoted(line) for line in lines[last:end]):
        return end
    for before in (3, 2, 1):
        if last - before >= 0 and introduction_at(lines, last - before) >= before:
            return last - before
    return last
