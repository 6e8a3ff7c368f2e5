from datetime import UTC, datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from wagtail_escalated.mail import intake, replay
from wagtail_escalated.models import InboundEmail


class Command(BaseCommand):
    help = (
        "Run stored letters through the present code. --dry-run prints what would come out differently; "
        "without it, letters that failed or are held because of an error are tried again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--since", help="a date or moment (ISO 8601); default: the last 7 days")
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *args, **options):
        since = self.moment(options["since"])
        if options["dry_run"]:
            self.show(since)
        else:
            self.try_again(since)

    def moment(self, value):
        if not value:
            return timezone.now() - timedelta(days=7)
        try:
            found = parse_datetime(value)
            day = parse_date(value) if found is None else None
        except ValueError:
            found = day = None
        if day is not None:
            found = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if found is None:
            raise CommandError(f"--since: {value!r} is no date. Write it like 2026-11-21.")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def show(self, since):
        letters = set()
        for one in replay.differences(since):
            letters.add(one.row.pk)
            self.stdout.write(
                f"{one.row.pk} {one.what}: {one.before[:200]!r} -> {one.after[:200]!r}"
            )
        self.stdout.write(f"{len(letters)} letters would come out differently")

    def try_again(self, since):
        State = InboundEmail.State
        rows = InboundEmail.objects.filter(received_at__gte=since).exclude(raw_key="")
        stuck = rows.filter(state=State.FAILED) | rows.filter(
            state=State.HELD, reason__in=["gave_up", "unreadable"]
        )
        tried = 0
        for row in stuck.order_by("received_at"):
            intake.try_now(row)
            intake.process(str(row.pk))
            tried += 1
        self.stdout.write(f"{tried} letters tried again")
