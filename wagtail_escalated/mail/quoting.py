"""What the writer wrote, and what their program quoted below it. Nothing is thrown away: it is folded."""

import re
from itertools import islice

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage as ReplyReader

from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.mail.quote_lines import (
    begins_signature,
    header_at,
    introduction_at,
    is_quoted,
    is_rule,
    separates,
)
from wagtail_escalated.sanitize import text_from_html

# The library's expressions take time with the square of a line: it sees the beginning of each.
MAX_LINE = 300
MAX_LINES = 1_000
MAX_OPENINGS = 40
MAX_TAGS = 20_000
MAX_ANSWERED = 5

LANGUAGES = [name for name in MAIL_LANGUAGES if name != "en"]

_DEEP_QUOTE = re.compile(r"^(?:>\s?){6,}")
_TAG = re.compile(r"<(div|hr|blockquote)\b([^<>]{0,1000})>", re.IGNORECASE)
# By what each program marks its quote: class, id, name and style of the element that opens it.
_MARKS = {
    "div": re.compile(
        r"""\b(?:
            class=["']?[^"'>]{0,200}\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix
                |protonmail_quote|zmail_extra|tutanota_quote|OutlookMessageHeader)
          | id=["']?(?:divRplyFwdMsg|appendonsend|yahoo_quoted_|mail-editor-reference-message-container
                |isForwardContent|reply-intro)
          | name=["']?quote\b
          | style=["'][^"'>]{0,200}border-top:\s*solid\s*(?:\#?(?:B5C4DF|E1E1E1)|windowtext)\s+1(?:\.0)?pt
        )""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "hr": re.compile(
        r"""\b(?:id=["']?stopSpelling|style=["'][^"'>]{0,200}width:\s*98%)""", re.IGNORECASE
    ),
    "blockquote": re.compile(
        r"""\b(?:type=["']?cite|class=["']?(?:gmail_quote|tutanota_quote))""", re.IGNORECASE
    ),
}
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b[^>]{0,2000}>", re.IGNORECASE)
# "On Monday Ann wrote:" in an element of its own, right before the quote.
_HTML_INTRODUCTION = re.compile(
    r"<(?:div|p|span)\b[^>]{0,400}>(?:(?!<(?:div|p)\b)[^\n]){0,600}[:：]\s*(?:<[^>]{1,200}>\s*){0,8}$",
    re.IGNORECASE,
)


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
        if number and (header_at(lines, number) or introduction_at(lines, number)):
            return number
    return len(lines)


def split_html(html: str) -> tuple[str, str]:
    """(visible, quoted) HTML; the halves are unbalanced until they are sanitised."""
    answered = 0
    for tag in islice(_TAG.finditer(html), MAX_TAGS):
        kind, start = tag[1].lower(), tag.start()
        if not _MARKS[kind].search(tag[2]):
            continue
        if kind == "blockquote" and _answers_follow(html, start):
            answered += 1
            if answered > MAX_ANSWERED:
                break
            continue
        introduction = _HTML_INTRODUCTION.search(html, max(0, start - 1_500), start)
        start = introduction.start() if introduction else start
        before = html[:start]
        if text_from_html(before) or "<img" in before.lower():
            return before, html[start:]
        return html, ""
    return html, ""


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
    return first.content.count("\n") + 1 if first.content else 0


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


def _answers_follow(html: str, start: int) -> bool:
    """Whether somebody wrote below or between what is cited."""
    depth = 0
    for tag in _BLOCKQUOTE.finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth <= 0:
            rest = _BLOCKQUOTE.sub("", html[tag.end() :][:20_000])
            return bool(text_from_html(rest))
    return False
