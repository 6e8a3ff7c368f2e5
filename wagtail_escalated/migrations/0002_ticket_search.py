"""The database's own full text behind ``wagtail_escalated.ticket_search``.

PostgreSQL: a generated ``tsvector`` beside each text, with GIN. MariaDB and MySQL: FULLTEXT indexes. SQLite: one
FTS5 table that triggers keep. On SQLite, Django rebuilds a table when a column is altered, and its triggers are
gone then: a later migration that alters one of these tables ends with ``sqlite_create`` again.
"""

from django.db import migrations

#: Table → the texts in it. What is longer is not searched: a tsvector holds a megabyte.
TEXTS = {
    "wagtail_escalated_ticket": ("subject", "description"),
    "wagtail_escalated_reply": ("body",),
    "wagtail_escalated_note": ("body",),
    "wagtail_escalated_contact": ("name", "address"),
}
#: PostgreSQL's parser keeps addresses and paths whole; nobody searches for them whole.
PUNCTUATION = "-@._/:+=#"


def postgresql_create(execute):
    for table, columns in TEXTS.items():
        text = " || ' ' || ".join(f"left({column}, 100000)" for column in columns)
        plain = f"translate({text}, '{PUNCTUATION}', '{' ' * len(PUNCTUATION)}')"
        execute(
            f"ALTER TABLE {table} ADD COLUMN esc_search tsvector "
            f"GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {plain})) STORED"
        )
        execute(f"CREATE INDEX {table}_esc_search ON {table} USING gin (esc_search)")


def postgresql_drop(execute):
    for table in TEXTS:
        execute(f"ALTER TABLE {table} DROP COLUMN esc_search")


def mysql_create(execute):
    for table, columns in TEXTS.items():
        execute(f"CREATE FULLTEXT INDEX {table}_esc_search ON {table} ({', '.join(columns)})")


def mysql_drop(execute):
    for table in TEXTS:
        execute(f"DROP INDEX {table}_esc_search ON {table}")


#: One number line for the rows of three tables: key × 4 + kind.
SQLITE_KINDS = {
    "wagtail_escalated_ticket": (0, "id", "{0}.subject || ' ' || {0}.description"),
    "wagtail_escalated_reply": (1, "ticket_id", "{0}.body"),
    "wagtail_escalated_note": (2, "ticket_id", "{0}.body"),
}


def sqlite_create(execute):
    execute(
        "CREATE VIRTUAL TABLE wagtail_escalated_search USING fts5("
        "body, ticket_id UNINDEXED, is_note UNINDEXED, tokenize = 'unicode61 remove_diacritics 0')"
    )
    for table, (kind, ticket, text) in SQLITE_KINDS.items():
        is_note = int(kind == 2)
        fill = "INSERT INTO wagtail_escalated_search (rowid, body, ticket_id, is_note)"
        drop = f"DELETE FROM wagtail_escalated_search WHERE rowid = old.id * 4 + {kind};"  # noqa: S608
        new = f"{fill} VALUES (new.id * 4 + {kind}, {text.format('new')}, new.{ticket}, {is_note});"
        rows = f"id * 4 + {kind}, {text.format(table)}, {ticket}, {is_note}"
        execute(f"{fill} SELECT {rows} FROM {table}")  # noqa: S608
        columns = ", ".join({*TEXTS[table], ticket} - {"id"})
        execute(f"CREATE TRIGGER {table}_esc_ins AFTER INSERT ON {table} BEGIN {new} END")
        execute(f"CREATE TRIGGER {table}_esc_del AFTER DELETE ON {table} BEGIN {drop} END")
        execute(
            f"CREATE TRIGGER {table}_esc_upd AFTER UPDATE OF {columns} ON {table} "
            f"BEGIN {drop} {new} END"
        )


def sqlite_drop(execute):
    for table in SQLITE_KINDS:
        for when in ("ins", "del", "upd"):
            execute(f"DROP TRIGGER IF EXISTS {table}_esc_{when}")
    execute("DROP TABLE IF EXISTS wagtail_escalated_search")


CREATE = {"postgresql": postgresql_create, "mysql": mysql_create, "sqlite": sqlite_create}
DROP = {"postgresql": postgresql_drop, "mysql": mysql_drop, "sqlite": sqlite_drop}


def create(apps, schema_editor):
    make = CREATE.get(schema_editor.connection.vendor)
    if make:
        make(schema_editor.execute)


def drop(apps, schema_editor):
    take = DROP.get(schema_editor.connection.vendor)
    if take:
        take(schema_editor.execute)


class Migration(migrations.Migration):
    dependencies = [("wagtail_escalated", "0001_initial")]

    # MySQL changes no schema within a transaction; elsewhere the whole migration is one.
    operations = [migrations.RunPython(create, drop, atomic=False)]
