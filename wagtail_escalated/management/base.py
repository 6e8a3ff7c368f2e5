"""A command that runs a job and prints its one line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from wagtail_escalated import jobs


class JobCommand(BaseCommand):
    """Set ``job`` to a name in ``jobs.JOBS``."""

    job: str

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(jobs.run(self.job))
