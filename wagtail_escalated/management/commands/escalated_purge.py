from django.core.management.base import BaseCommand

from wagtail_escalated import jobs
from wagtail_escalated.actions.retention import purge


class Command(BaseCommand):
    help = "Delete tickets that are kept no longer, with their files, and rows that have done their work."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="count only, delete nothing")

    def handle(self, *args, **options):
        if options["dry_run"]:
            self.stdout.write(f"Would delete {jobs.in_words(purge(dry_run=True))}")
        else:
            self.stdout.write(jobs.run("escalated_purge"))
