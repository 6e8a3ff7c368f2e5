"""The end of an undo window: the process that wrote the mails has the worker send them at once.

A thread that sleeps in memory, and no row: what dies with the process is found by the schedule, a minute later.
It only queues; nothing is sent from here, so it does not matter how many processes ring for one mail.
"""

from __future__ import annotations

import logging
import math
import threading
from datetime import datetime

from django.db import DatabaseError, connections
from django.utils import timezone

from wagtail_escalated.mail import later

logger = logging.getLogger(__name__)

#: Whoever waits longer than this is the schedule's: pauses after failures, not undo windows.
LONGEST = 120.0  # seconds

_set: set[int] = set()
_lock = threading.Lock()


def set_for(moment: datetime) -> bool:
    """Have ``mail.jobs.let_leave`` queued when ``moment`` has passed; whether this process does."""
    seconds = (moment - timezone.now()).total_seconds()
    if seconds > LONGEST or later.runs_at_once():
        return False
    second = math.ceil(moment.timestamp())
    with _lock:
        if second in _set:
            return True  # one alarm for all that end within the same second
        _set.add(second)
    seconds += second - moment.timestamp()
    thread = threading.Timer(max(0.0, seconds), _ring, args=(second,))
    thread.daemon = True  # nobody waits for it to end a process
    thread.start()
    return True


def _ring(second: int) -> None:
    with _lock:
        _set.discard(second)
    try:
        later.queue("mail.jobs.let_leave")
    except DatabaseError as error:
        logger.error("Mail that may leave was not queued; the schedule sends it: %s", error)
    finally:
        connections.close_all()  # this thread's own
