"""``jobs/`` and ``setup/``: what the worker did by the clock, and what of the desk is still missing. For managers."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.job_states import Job, all_jobs
from wagtail_escalated.setup_steps import situation, steps

from . import callers
from .base import DeskView
from .describing import describe


class JobRunJSON(serializers.Serializer):
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(
        allow_null=True, help_text="`null`: it runs, or was killed."
    )
    ok = serializers.BooleanField(allow_null=True)
    result = serializers.CharField(help_text="What it did in one line, or the error.")


class JobJSON(serializers.Serializer):
    name = serializers.CharField(help_text="Of its command.")
    purpose = serializers.CharField()
    minutes = serializers.IntegerField(
        allow_null=True, help_text="Between two runs; `null` where it is not scheduled."
    )
    next_run = serializers.SerializerMethodField()
    is_late = serializers.BooleanField(help_text="Overdue: the worker seems not to run.")
    seconds = serializers.FloatField(allow_null=True, help_text="That the last run took.")
    failures = serializers.IntegerField(help_text="Among the runs that are kept.")
    last = JobRunJSON(allow_null=True)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_run(self, job: Job) -> Any:
        return job.schedule.next_run if job.schedule else None


class JobsJSON(serializers.Serializer):
    results = JobJSON(many=True)


class Jobs(DeskView):
    permission_classes = [callers.HasScope, callers.Manages]

    @describe(operation_id="jobs_list", responses={200: JobsJSON})
    def get(self, request: Request) -> Response:
        """When each scheduled job last ran, how long it took, and with what result. For managers alone."""
        return Response({"results": JobJSON(all_jobs(timezone.now()), many=True).data})


class StepJSON(serializers.Serializer):
    name = serializers.CharField()
    done = serializers.BooleanField(
        source="is_done", allow_null=True, help_text="`null`: it can wait."
    )
    said = serializers.CharField(help_text="How it stands, or the next step.")
    url = serializers.CharField(help_text="Where in the admin; may be empty.")


class CheckJSON(serializers.Serializer):
    """As ``manage.py check`` says it."""

    id = serializers.CharField()
    message = serializers.CharField(source="msg")
    hint = serializers.SerializerMethodField()

    def get_hint(self, found: Any) -> str:
        return str(found.hint or "")


class SetupJSON(serializers.Serializer):
    missing = serializers.IntegerField(help_text="Steps that are not done and cannot wait.")
    steps = StepJSON(many=True)
    checks = CheckJSON(many=True)


class Setup(DeskView):
    permission_classes = [callers.HasScope, callers.Manages]

    @describe(operation_id="setup", responses={200: SetupJSON})
    def get(self, request: Request) -> Response:
        """What of the desk is in place, what is still missing, and the next step for each. For managers alone."""
        now = situation()
        webhook = request.build_absolute_uri(reverse("wagtail_escalated:webhook_inbound"))
        todo = steps(now, webhook)
        told = {
            "missing": sum(step.is_done is False for step in todo),
            "steps": todo,
            "checks": list(now.messages.values()),
        }
        return Response(SetupJSON(told).data)
