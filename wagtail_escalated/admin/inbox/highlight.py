"""The words of a search, marked where they were found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter

from django.db.models import prefetch_related_objects
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from wagtail_escalated.models import Ticket
from wagtail_escalated.ticket_search import words_of

from .columns import Row

#: Characters around the first word found.
BEFORE, AFTER = 40, 140
#: Characters of a message that are looked at.
LONGEST = 20_000


def highlighted(rows: Sequence[Row], search: str) -> list[Row]:
    """Subjects marked, and the line below shows the newest message in which a word stands. Two queries."""
    words = words_of(search)
    if not words or not rows:
        return list(rows)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words))})", re.IGNORECASE)
    texts = _texts(rows)
    return [_highlighted(row, texts.get(row.ticket.pk, ()), pattern) for row in rows]


def _highlighted(row: Row, texts: Sequence[str], pattern: re.Pattern[str]) -> Row:
    row = replace(row, subject=marked(row.ticket.subject, pattern))
    excerpt = _excerpt(texts, pattern)
    return replace(row, preview=excerpt, by_us=False) if excerpt else row


def marked(text: str, pattern: re.Pattern[str]) -> SafeString:
    """Escaped, with ``<mark>`` around what matches."""
    pieces = pattern.split(text)
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", p) if at % 2 else p,) for at, p in enumerate(pieces)),
    )


def _excerpt(texts: Sequence[str], pattern: re.Pattern[str]) -> SafeString | str:
    for text in texts:
        found = pattern.search(text)
        if found:
            start = max(found.start() - BEFORE, 0)
            lead = "…" if start else ""
            return marked(f"{lead}{text[start : found.end() + AFTER]}", pattern)
    return ""


def _texts(rows: Sequence[Row]) -> dict[int, list[str]]:
    """Newest messages first, the ticket's own text last."""
    tickets = [row.ticket for row in rows]
    prefetch_related_objects(tickets, "replies", "notes")
    return {ticket.pk: _texts_of(ticket) for ticket in tickets}


def _texts_of(ticket: Ticket) -> list[str]:
    messages = sorted(
        chain(ticket.replies.all(), ticket.notes.all()), key=attrgetter("created_at"), reverse=True
    )
    bodies = [message.body for message in messages] + [ticket.description]
    return [" ".join(body[:LONGEST].split()) for body in bodies]
