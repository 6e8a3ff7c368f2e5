"""Where the quote begins in HTML: by the marks of each mail program, an introduction, or another letter's header."""

import re
from itertools import islice

from wagtail_escalated.mail.quote_lines import (
    FROM_LABELS,
    MAX_INTRODUCTION,
    introduction_at,
    is_header,
)
from wagtail_escalated.sanitize import text_from_html

MAX_TAGS = 20_000
MAX_ANSWERED = 5
MAX_LOOKED_AT = 20  # places that may be a header or an introduction: each costs some reading
NEAR = 1_500  # characters of HTML

_TAG = re.compile(r"<(div|hr|blockquote)\b([^<>]{0,1000})>", re.IGNORECASE)
# By what each program marks its quote: class, id, name and style of the element that opens it.
_MARKS = {
    "div": re.compile(
        r"""\b(?:
            class=["']?[^"'>]{0,200}\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix
                |protonmail_quote|zmail_extra|tutanota_quote|OutlookMessageHeader
                |ms-outlook-mobile-reference-message)
          | id=["']?(?:divRplyFwdMsg|appendonsend|yahoo_quoted_|mail-editor-reference-message-container
                |isForwardContent|reply-intro)
          | name=["']?(?:quote\b|messageReplySection)
          | style=["'][^"'>]{0,200}border-top:\s*solid\s*windowtext\s+1(?:\.0)?pt
          | style=["'][^"'>]{0,200}border-top:[^;"'>]{0,20}\#?(?:B5C4DF|E1E1E1)\b
        )""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "hr": re.compile(
        r"""\b(?:id=["']?(?:stopSpelling|zwchr)|style=["'][^"'>]{0,200}width:\s*98%)""",
        re.IGNORECASE,
    ),
    "blockquote": re.compile(
        r"""\b(?:type=["']?cite|id=["']?isReplyContent|class=["']?(?:gmail_quote|tutanota_quote))""",
        re.IGNORECASE,
    ),
}
_BLOCKQUOTE = re.compile(r"<(/?)blockquote\b[^>]{0,2000}>", re.IGNORECASE)
# "On Monday Ann wrote:" in an element of its own, right before the quote.
_HTML_INTRODUCTION = re.compile(
    r"<(?:div|p|span)\b[^>]{0,400}>(?:(?!<(?:div|p)\b)[^\n]){0,600}[:：]\s*(?:<[^>]{1,200}>\s*){0,8}$",
    re.IGNORECASE,
)
_SPACE = r"(?:\s|&nbsp;|&\#160;)"
_HEADER_BEGINS = re.compile(
    rf">{_SPACE}{{0,40}}(?:{FROM_LABELS}){_SPACE}{{0,10}}(?:</\w{{1,10}}>)?{_SPACE}{{0,10}}[:：]",
    re.IGNORECASE,
)
_OPENED = re.compile(rf"(?:<[a-z][^<>]{{0,400}}>{_SPACE}{{0,40}}){{1,12}}$", re.IGNORECASE)
# "-------- Original message --------" or a line, right above a header.
_TITLE_ABOVE = re.compile(
    rf"(?<![-_])[-_]{{5,}}+(?:[^<>_-][^<>]{{1,79}}[-_]{{2,}})?{_SPACE}{{0,10}}"
    rf"(?:<[^<>]{{1,400}}>{_SPACE}{{0,10}}){{0,12}}$"
)


def split_html(html: str) -> tuple[str, str]:
    """(visible, quoted) HTML; the halves are unbalanced until they are sanitised."""
    for start in (_marked(html), _under_a_header(html)):
        if start is not None:
            before = html[:start]
            shown = text_from_html(before) or "<img" in before.lower()
            return (before, html[start:]) if shown else (html, "")
    return html, ""


def _marked(html: str) -> int | None:
    answered = looked_at = 0
    for tag in islice(_TAG.finditer(html), MAX_TAGS):
        kind, start = tag[1].lower(), tag.start()
        is_marked = bool(_MARKS[kind].search(tag[2]))
        if kind == "blockquote" and not is_marked and looked_at < MAX_LOOKED_AT:
            looked_at += 1
            is_marked = _is_introduced(html, start, tag.end())
        if not is_marked:
            continue
        if kind == "blockquote" and _answers_follow(html, start):
            answered += 1
            if answered > MAX_ANSWERED:
                return None
            continue
        introduction = _HTML_INTRODUCTION.search(html, max(0, start - NEAR), start)
        return introduction.start() if introduction else start
    return None


def _is_introduced(html: str, start: int, end: int) -> bool:
    """Whether the lines before a quote, or its own first one, say who wrote it and when."""
    before = _lines(html[max(0, start - NEAR) : start])[-MAX_INTRODUCTION:]
    for lines in (
        *(before[place:] for place in range(len(before))),
        _lines(html[end : end + NEAR])[:1],
    ):
        if lines and introduction_at([*lines, ""], 0) == len(lines):
            return True
    return False


def _under_a_header(html: str) -> int | None:
    """Where the header of another letter begins that nothing marks, with the title above it."""
    for found in islice(_HEADER_BEGINS.finditer(html), MAX_LOOKED_AT):
        lines = _lines(html[found.start() + 1 : found.start() + 1 + NEAR])[:6]
        if len(lines) < 3 or sum(is_header(line) for line in lines) < 3:
            continue
        start = found.start() + 1
        opened = _OPENED.search(html, max(0, start - NEAR), start)
        start = opened.start() if opened else start
        title = _TITLE_ABOVE.search(html, max(0, start - NEAR), start)
        return title.start() if title else start
    return None


def _lines(html: str) -> list[str]:
    return [line for line in text_from_html(html).split("\n") if line.strip()]


def _answers_follow(html: str, start: int) -> bool:
    """Whether somebody wrote below or between what is cited."""
    depth = 0
    for tag in _BLOCKQUOTE.finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth <= 0:
            rest = _BLOCKQUOTE.sub("", html[tag.end() :][:20_000])
            return bool(text_from_html(rest))
    return False
