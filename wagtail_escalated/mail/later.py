"""Work for the worker, named by its path: mail stands below the tasks."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django_q.conf import Conf
from django_q.tasks import async_task

from wagtail_escalated.committed import once_committed

logger = logging.getLogger(__name__)


def after_commit(task: str, *args: str | int, keep_connection: bool = True) -> None:
    """Have the worker run ``wagtail_escalated.<task>(*args)`` once what is written now is committed."""
    once_committed(queue, task, *args, keep_connection=keep_connection)


def runs_at_once() -> bool:
    """Whether tasks run where they are queued (tests, the simplest hosts)."""
    return bool(Conf.SYNC)


def put(path: str, *args: Any, name: str, keep_connection: bool = True) -> None:
    """One task for django-q2. Raises what the broker raises.

    Outside a transaction its ORM broker closes the connection before each task (where Django is not
    told to keep connections), and the next statement pays for another: here two for each letter.
    Who has nothing more to ask does without ``keep_connection``.
    """
    within = transaction.atomic(using=Conf.ORM) if Conf.ORM and keep_connection else nullcontext()
    with within:
        async_task(path, *args, q_options={"task_name": f"escalated:{name}"})


def queue(task: str, *args: str | int, keep_connection: bool = True) -> None:
    """Put it in now; a broker that is away loses nothing."""
    try:
        put(f"wagtail_escalated.{task}", *args, name=task, keep_connection=keep_connection)
    except (OSError, ConnectionError) as error:
        logger.error("%s could not be queued; the sweeper finds its row: %s", task, error)
