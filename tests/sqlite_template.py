"""On SQLite: a migrated file, kept from one run to the next, and the first rows back in milliseconds.

Migrating Wagtail takes ten seconds, and Django's way to undo a test with real transactions (delete from
every table, write the first rows again one by one) one and a half. The file's name holds a hash of
everything that a migration could depend on.
"""

import hashlib
import os
import shutil
import sqlite3
import tempfile
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

KEPT = 6


def template_digest():
    digest = hashlib.sha256(settings.SETTINGS_MODULE.encode())
    for package in ("Django", "wagtail", "django-q2", "channels"):
        digest.update(f"{package} {version(package)}".encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path).glob("migrations/*.py")):
            digest.update(str(path).encode())
            if "site-packages" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def template_path():
    name = f"escalated-template-{os.getuid()}-{template_digest()[:20]}.sqlite3"
    return Path(tempfile.gettempdir()) / name


def sqlite_test_file():
    """The file of this process's test database, ``None`` where the database isn't one."""
    if connection.vendor != "sqlite":
        return None
    name = str(connection.settings_dict["TEST"].get("NAME") or "")
    return Path(name) if name.startswith("/") else None


def copy_template_to(path):
    template = template_path()
    if not template.exists():
        return False
    shutil.copyfile(template, path)
    os.utime(template)
    return True


def keep_as_template():
    template = template_path()
    if template.exists():
        return
    unfinished = template.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(unfinished)])
    unfinished.replace(template)
    remove_older_templates(template.parent)


def remember_first_rows():
    """From now on a flush brings the database back to what it is now, page by page."""
    first = sqlite3.connect(":memory:", check_same_thread=False)
    connection.ensure_connection()
    connection.connection.backup(first)

    def bring_back(ops, style, tables, **options):
        ops.connection.ensure_connection()
        first.backup(ops.connection.connection)
        return []

    # On the classes: below a browser's event loop Django makes a connection of its own.
    type(connection)._test_serialized_contents = "[]"  # Django writes nothing again
    type(connection.ops).sql_flush = bring_back


def remove_older_templates(folder):
    templates = folder.glob(f"escalated-template-{os.getuid()}-*.sqlite3")
    by_age = sorted(templates, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[KEPT:]:
        path.unlink(missing_ok=True)


def remove(path):
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
