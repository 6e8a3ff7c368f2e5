"""What many visitors ask in the same seconds is worked out once.

A cache per process cannot be told what another process published, so nothing is kept for longer than
``SECONDS``; within one process, or with a shared cache, a page that changes counts at once. The switches
(widget, knowledge base) are never remembered.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from django.core.cache import cache

SECONDS = 10
PREFIX = "wagtail_escalated_widget"
PAGES = f"{PREFIX}:pages"


def recall(parts: tuple[Any, ...]) -> tuple[str, Any]:
    """The key of a question and what is remembered of its answer; ``None`` where nothing is."""
    pages = cache.get(PAGES, "")
    digest = hashlib.sha256(repr((pages, parts)).encode("utf-8", "replace")).hexdigest()
    key = f"{PREFIX}:{digest}"
    return key, cache.get(key)


def remember(key: str, answer: Any) -> Any:
    cache.set(key, answer, SECONDS)
    return answer


def remembered(parts: tuple[Any, ...], work_out: Callable[[], Any]) -> Any:
    key, answer = recall(parts)
    return remember(key, work_out()) if answer is None else answer


def forget_pages(**kwargs: Any) -> None:
    """Receiver: a page or its rights changed."""
    cache.set(PAGES, uuid.uuid4().hex, None)
