"""Full text over tickets: subject, description, messages, requester and reference, by the database's own means.

Every word must occur, at its beginning, somewhere in the ticket: one in the subject and one in a reply do. Notes
are searched for whoever works inside the desk, and for nobody else. The indexes stand in ``0002_ticket_search``.

An index is quick for a rare word and slow for a common one, of which it names half the desk. So a common word is
looked for in the tickets that the rare ones leave, at most the newest ``LOOKED_THROUGH``, and the newest
``MOST_FOUND`` in which it stands are taken, beside those with every common word in the subject.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from wagtail_escalated.models import Ticket

MOST_WORDS = 8
#: MariaDB does not index shorter words (innodb_ft_min_token_size).
SHORTEST_INDEXED = 3
#: A word in more replies than that is common.
COMMON = 20_000
#: For how long that is remembered of a word, in seconds.
REMEMBERED = 3600
LOOKED_THROUGH, MOST_FOUND = 20_000, 1000
#: Letters and digits: the indexes take everything else, the underscore too, for blanks.
_WORD = re.compile(r"[^\W_]+")
#: A word at its beginning, as Python's, PostgreSQL's and MariaDB's expressions all understand it.
_BEGINNING = r"(?<![^\W_]){}"


def words_of(text: str) -> list[str]:
    """The words searched for: lower case, each once."""
    return list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))[:MOST_WORDS]


def matching(tickets: QuerySet[Ticket], text: str, *, with_notes: bool = False) -> QuerySet[Ticket]:
    """The tickets among these in which every word of ``text`` occurs."""
    reference = _as_reference(text)
    if reference:
        return tickets.filter(reference__startswith=reference)
    words = words_of(text)
    if not words:
        return tickets.none()
    common = common_words(words)
    for word in words:
        if word not in common:
            tickets = tickets.filter(pk__in=_tickets_with(word, with_notes))
    if not common:
        return tickets
    try:
        return tickets.filter(pk__in=_among_the_newest(tickets, common, with_notes))
    except EmptyResultSet:
        return tickets.none()


def common_words(words: Iterable[str]) -> list[str]:
    """Those among the words that stand in very many replies; one query for what is not remembered."""
    keys = {word: f"escalated-common-{hashlib.sha256(word.encode()).hexdigest()}" for word in words}
    known = cache.get_many(keys.values())
    unknown = [word for word, key in keys.items() if key not in known]
    if unknown:
        fresh = {keys[word]: count > COMMON for word, count in _counted(unknown).items()}
        cache.set_many(fresh, REMEMBERED)
        known |= fresh
    return [word for word, key in keys.items() if known[key]]


def by_relevance(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Best first: those with all the words in the subject, then the requester's, then newest."""
    # Without any word nothing matches anyhow.
    in_subject, in_requester = Q(subject__isnull=False), Q(requester__isnull=False)
    for word in words_of(text):
        in_subject &= Q(subject__icontains=word)
        in_requester &= Q(requester__name__icontains=word) | Q(requester__address__icontains=word)
    rank = Case(
        When(in_subject, then=Value(2)),
        When(in_requester, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return tickets.annotate(search_rank=rank).order_by("-search_rank", "-last_message_at", "-pk")


def similar_to(ticket: Ticket, tickets: QuerySet[Ticket], *, limit: int) -> list[Ticket]:
    """Other tickets among these that share the telling words of the subject, newest first."""
    words = [word for word in words_of(ticket.subject) if len(word) > 3]
    common = common_words(words)
    words = sorted((word for word in words if word not in common), key=len)[-3:]
    if not words:
        return []
    shares = Q()
    for word in words:
        shares |= Q(pk__in=_tickets_with(word, with_notes=False))
    return list(tickets.filter(shares).exclude(pk=ticket.pk).order_by("-last_message_at")[:limit])


def _as_reference(text: str) -> str:
    """``"esc-2604-0a"`` → the beginning of references; empty for anything else."""
    text = text.strip().upper()
    return text if re.fullmatch(r"[A-Z][A-Z0-9]*-\d{4}-[0-9A-F]{0,6}", text) else ""


def _tickets_with(word: str, with_notes: bool) -> RawSQL:
    sql, parameters = _FINDERS[connection.vendor](word, with_notes)
    return RawSQL(sql, parameters)  # noqa: S611  (fixed SQL; words are parameters)


#: Tickets by their own text, their replies and their requester; ``{}`` stands for how each is searched.
_ANYWHERE = (
    "SELECT id FROM wagtail_escalated_ticket WHERE {own}"
    " UNION SELECT ticket_id FROM wagtail_escalated_reply WHERE {message}"
    " UNION SELECT t.id FROM wagtail_escalated_ticket t"
    " JOIN wagtail_escalated_contact c ON c.id = t.requester_id WHERE {requester}"
)
_IN_NOTES = " UNION SELECT ticket_id FROM wagtail_escalated_note WHERE {message}"


def _postgresql(word: str, with_notes: bool) -> tuple[str, list[Any]]:
    found = "esc_search @@ to_tsquery('simple', %s)"
    sql = _ANYWHERE + (_IN_NOTES if with_notes else "")
    return _filled(sql, f"{word}:*", own=found, message=found, requester=f"c.{found}")


def _mysql(word: str, with_notes: bool) -> tuple[str, list[Any]]:
    sql = _ANYWHERE + (_IN_NOTES if with_notes else "")
    if len(word) < SHORTEST_INDEXED:
        own, requester = (
            "(subject LIKE %s OR description LIKE %s)",
            "(c.name LIKE %s OR c.address LIKE %s)",
        )
        return _filled(sql, f"%{word}%", own=own, message="body LIKE %s", requester=requester)
    return _filled(
        sql,
        f"+{word}*",
        own="MATCH (subject, description) AGAINST (%s IN BOOLEAN MODE)",
        message="MATCH (body) AGAINST (%s IN BOOLEAN MODE)",
        requester="MATCH (c.name, c.address) AGAINST (%s IN BOOLEAN MODE)",
    )


def _sqlite(word: str, with_notes: bool) -> tuple[str, list[Any]]:
    notes = "" if with_notes else " AND is_note = 0"
    sql = (
        "SELECT ticket_id FROM wagtail_escalated_search WHERE body MATCH %s{notes}"
        " UNION SELECT t.id FROM wagtail_escalated_ticket t"
        " JOIN wagtail_escalated_contact c ON c.id = t.requester_id"
        " WHERE c.name LIKE %s OR c.address LIKE %s"
    )
    return sql.format(notes=notes), [f'"{word}"*', f"%{word}%", f"%{word}%"]


def _filled(sql: str, value: str, **conditions: str) -> tuple[str, list[Any]]:
    """The same value for every place."""
    sql = sql.format(**conditions)
    return sql, [value] * sql.count("%s")


_FINDERS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}


# Common words.

_AT_MOST = "(SELECT COUNT(*) FROM (SELECT 1 FROM {rows} LIMIT {limit}) AS c)"


def _counted(words: Sequence[str]) -> dict[str, int]:
    """In how many replies each stands, at most ``COMMON`` + 1."""
    selects, parameters = [], []
    for word in words:
        condition, value = _REPLIES_WITH[connection.vendor](word)
        selects.append(_AT_MOST.format(rows=condition, limit=COMMON + 1))
        parameters.append(value)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", parameters)  # noqa: S608 (fixed SQL)
        return dict(zip(words, cursor.fetchone(), strict=True))


def _mysql_replies_with(word: str) -> tuple[str, str]:
    if len(word) < SHORTEST_INDEXED:
        return "wagtail_escalated_reply WHERE body LIKE %s", f"%{word}%"
    return (
        "wagtail_escalated_reply WHERE MATCH (body) AGAINST (%s IN BOOLEAN MODE)",
        f"+{word}*",
    )


_REPLIES_WITH = {
    "postgresql": lambda word: (
        "wagtail_escalated_reply WHERE esc_search @@ to_tsquery('simple', %s)",
        f"{word}:*",
    ),
    "mysql": _mysql_replies_with,
    "sqlite": lambda word: ("wagtail_escalated_search WHERE body MATCH %s", f'"{word}"*'),
}

#: Whether one word stands in the ticket ``n``: in a message most likely, and the first one will do. With joins, or
#: EXISTS, the database might begin with the word instead.
_STANDS = (
    "((SELECT 1 FROM wagtail_escalated_reply m"
    " WHERE m.ticket_id = n.id AND {message} LIMIT 1) IS NOT NULL{notes}"
    " OR (SELECT 1 FROM wagtail_escalated_ticket t"
    " JOIN wagtail_escalated_contact c ON c.id = t.requester_id"
    " WHERE t.id = n.id AND ({own} OR {requester}) LIMIT 1) IS NOT NULL)"
)
_STANDS_IN_NOTE = (
    " OR (SELECT 1 FROM wagtail_escalated_note m"
    " WHERE m.ticket_id = n.id AND {message} LIMIT 1) IS NOT NULL"
)
_WALK = (
    "SELECT id FROM (SELECT n.id FROM ({tickets}) AS n"
    " WHERE {words} ORDER BY n.last_message_at DESC, n.id DESC LIMIT {limit}) AS walked"
)


def _among_the_newest(tickets: QuerySet[Ticket], words: Sequence[str], with_notes: bool) -> RawSQL:
    newest = tickets.order_by("-last_message_at", "-pk").values("id", "last_message_at")
    walked, parameters = newest[:LOOKED_THROUGH].query.sql_with_params()
    conditions, values = [], list(parameters)
    for word in words:
        condition, of_word = _STANDERS[connection.vendor](word, with_notes)
        conditions.append(condition)
        values += of_word
    in_subject = tickets
    for word in words:
        # The first condition is the cheaper one.
        in_subject = in_subject.filter(subject__icontains=word).filter(
            subject__iregex=_BEGINNING.format(word)
        )
    named, of_named = in_subject.order_by().values("pk")[:MOST_FOUND].query.sql_with_params()
    sql = _WALK.format(tickets=walked, words=" AND ".join(conditions), limit=MOST_FOUND)
    # The ORM's own SQL and ours; words are parameters.
    return RawSQL(f"{sql} UNION SELECT * FROM ({named}) AS named", [*values, *of_named])  # noqa: S608,S611


def _stands_by_index(word: str, with_notes: bool) -> tuple[str, list[Any]]:
    found = "{}.esc_search @@ to_tsquery('simple', %s)"
    return _stands(
        f"{word}:*",
        with_notes,
        own=found.format("t"),
        message=found.format("m"),
        requester=found.format("c"),
    )


def _stands_by_pattern(word: str, with_notes: bool) -> tuple[str, list[Any]]:
    return _stands(
        f"(?i){_BEGINNING.format(word)}",
        with_notes,
        own="(t.subject REGEXP %s OR t.description REGEXP %s)",
        message="m.body REGEXP %s",
        requester="(c.name REGEXP %s OR c.address REGEXP %s)",
    )


def _stands(value: str, with_notes: bool, **conditions: str) -> tuple[str, list[Any]]:
    notes = _STANDS_IN_NOTE.format(**conditions) if with_notes else ""
    return _filled(_STANDS, value, notes=notes, **conditions)


_STANDERS = {
    "postgresql": _stands_by_index,
    "mysql": _stands_by_pattern,
    "sqlite": _stands_by_pattern,
}
