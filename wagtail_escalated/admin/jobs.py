"""Jobs: when each schedule last ran, how long it took, with what result, and when it is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_escalated import jobs
from wagtail_escalated.admin.inbox.chips import short_span
from wagtail_escalated.admin.pages import DeskPage
from wagtail_escalated.job_states import Job, all_jobs


class Row(Job):
    """A job as the page shows it."""

    @property
    def every(self) -> str:
        return short_span(timedelta(minutes=self.minutes)) if self.minutes else ""


class JobsView(DeskPage):
    template_name = "wagtail_escalated/admin/jobs.html"
    page_title = _("Jobs")
    header_icon = "history"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [Row(**vars(job)) for job in all_jobs(timezone.now())]
        return super().get_context_data(jobs=rows, kept=jobs.KEPT_RUNS, **kwargs)
