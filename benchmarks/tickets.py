"""A hundred thousand tickets with their messages in about a minute: for measuring pages, not behaviour.

One ticket, reply and clock are made by actions; the database copies their rows with other values in some columns.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests import factories
from wagtail_escalated.actions import messages
from wagtail_escalated.models import (
    AgentProfile,
    Contact,
    Metric,
    Reply,
    SLAClock,
    Status,
    Tag,
    Ticket,
)

#: As in a language, few words are frequent: the first stands in nine of ten messages, the last in one of a hundred.
VOCABULARY = [
    f"{a}{b}{c}" for a in "bdfglmnprst" for b in ("a", "e", "io", "ou") for c in range(50)
]
WORDS_IN_TEXT, WORDS_IN_SUBJECT, TEXTS = 30, 5, 20_000
CONTACTS = 5000


class Desk:
    """``agent``: sees every department; ``long``: a ticket with 20 messages; ``very_long``: one with 200."""

    agent: AgentProfile
    long: Ticket
    very_long: Ticket


def word(rank: int) -> str:
    """The ``rank``-th most frequent word, from 0."""
    return VOCABULARY[rank]


def fill(count: int, *, messages_each: int = 2) -> Desk:
    """``count`` tickets, three of ten open, each with ``messages_each`` replies."""
    desk = Desk()
    departments = [factories.make_department(f"Department {n}") for n in range(5)]
    agents = [factories.make_agent(departments=tuple(departments)) for _ in range(20)]
    desk.agent = agents[0]
    contacts = Contact.objects.bulk_create(
        Contact(address=f"person{n}@example.net", name=f"Person {n}") for n in range(CONTACTS)
    )
    tags = Tag.objects.bulk_create(Tag(name=f"tag{n}", key=f"tag{n}") for n in range(20))
    template = factories.make_ticket(requester=contacts[0], department=departments[0])
    messages.reply(template, body="Thank you.", actor=contacts[0])
    _write_texts()
    with _without_full_text(Ticket, Reply):
        _copy_tickets(count, template, departments, agents, contacts, messages_each)
        _copy_replies(count, template, messages_each)
    _tag_and_promise(template, tags)
    desk.long = _with_messages(agents[0], contacts[0], 20)
    desk.very_long = _with_messages(agents[0], contacts[1], 200)
    return desk


def filled_before() -> Desk | None:
    """What ``fill`` left in a database that was kept."""
    if not Ticket.objects.exists():
        return None
    desk = Desk()
    desk.agent = AgentProfile.objects.earliest("pk")
    desk.very_long, desk.long = Ticket.objects.order_by("-reply_count")[:2]
    return desk


def _write_texts() -> None:
    """Texts to choose from, in a table of this connection alone."""
    chance = random.Random(1)

    def words(number: int) -> str:
        ranks = (int(len(VOCABULARY) * chance.random() ** 3) for _ in range(number))
        return " ".join(VOCABULARY[rank] for rank in ranks)

    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute("CREATE TEMP TABLE bench_text (id int PRIMARY KEY, subject text, body text)")
        cursor.executemany(
            "INSERT INTO bench_text VALUES (%s, %s, %s)",
            [(n, words(WORDS_IN_SUBJECT), words(WORDS_IN_TEXT)) for n in range(TEXTS)],
        )
        cursor.execute("ANALYZE bench_text")


def _copy_tickets(count, template, departments, agents, contacts, messages_each) -> None:
    opened = [status.value for status in Status if status.is_open]
    closed = [status.value for status in Status if not status.is_open]
    copy_row(
        template,
        f"(SELECT n, random() < 0.3 AS opened, random() AS chance, t.subject, t.body,"
        f" now() - interval '365 days' * (1 - n / {count}.0) AS created"
        f" FROM generate_series(1, {count}) AS n JOIN bench_text t ON t.id = n % {TEXTS}) AS made",
        reference="'ESC-2601-' || lpad(upper(to_hex(made.n)), 6, '0')",
        department_id=_one_of([department.pk for department in departments]),
        requester_id=_one_of([contact.pk for contact in contacts]),
        assignee_id=_one_of([*(agent.pk for agent in agents), None]),
        subject="made.subject",
        description="made.body",
        status=f"CASE WHEN made.opened THEN {_one_of(opened)} ELSE {_one_of(closed)} END",
        is_open="made.opened",
        priority="floor(random() * 5)",
        created_at="made.created",
        updated_at="made.created",
        last_message_at="made.created + interval '48 hours' * made.chance",
        last_message_preview="left(made.body, 200)",
        next_due_at="CASE WHEN made.opened THEN now() + interval '200 hours' * made.chance END",
        reply_count=str(messages_each),
    )


def _copy_replies(count: int, template: Ticket, messages_each: int) -> None:
    copy_row(
        template.replies.get(),
        f"(SELECT t.id AS ticket, t.last_message_at AS written, n, text.body"
        f" FROM {Ticket._meta.db_table} t CROSS JOIN generate_series(1, {messages_each}) AS n"
        f" JOIN bench_text text ON text.id = (t.id * 31 + n * 7919) % {TEXTS}"
        f" WHERE t.id <> {template.pk}) AS made",
        ticket_id="made.ticket",
        body="made.body",
        created_at=f"made.written - interval '1 hour' * ({messages_each} - made.n)",
    )


def _tag_and_promise(template: Ticket, tags: list[Tag]) -> None:
    through = Ticket.tags.through._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {through} (ticket_id, tag_id)"
            f" SELECT id, {_one_of([tag.pk for tag in tags])} FROM {Ticket._meta.db_table}"
        )
    clock = SLAClock.objects.get(ticket=template, metric=Metric.RESOLUTION)
    copy_row(
        clock,
        f"(SELECT id AS ticket, created_at AS created, next_due_at AS due"
        f" FROM {Ticket._meta.db_table} WHERE is_open AND id <> {template.pk}) AS made",
        ticket_id="made.ticket",
        started_at="made.created",
        due_at="made.due",
        check_at="made.due",
    )


def copy_row(row, source: str, **columns: str) -> None:
    """One copy of ``row`` for each row of ``source`` (SQL), with SQL expressions for some columns."""
    table, own = row._meta.db_table, row._meta.concrete_fields
    names = [field.column for field in own if not field.primary_key]
    values = ", ".join(columns.get(name, f"row.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {values} FROM {table} AS row, {source} WHERE row.id = {row.pk}"
        )


def _one_of(values: list) -> str:
    """SQL that chooses one of these each time."""
    literals = ["NULL" if v is None else f"'{v}'" if isinstance(v, str) else str(v) for v in values]
    return f"(ARRAY[{', '.join(literals)}])[1 + floor(random() * {len(values)})]"


@contextmanager
def _without_full_text(*models) -> Iterator[None]:
    """The GIN indexes are built once at the end, which takes a tenth of the time."""
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = ANY(%s) AND indexdef LIKE '%%USING gin%%'",
            [tables],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _name, definition in indexes:
            cursor.execute(definition)


def _with_messages(agent, contact, count) -> Ticket:
    ticket = factories.make_ticket(requester=contact)
    for number in range(count // 2):
        messages.reply(ticket, body=f"Question {number}: it still does not work.", actor=contact)
        messages.reply(ticket, body=f"Answer {number}: switch it off and on.", actor=agent.user)
    return ticket
