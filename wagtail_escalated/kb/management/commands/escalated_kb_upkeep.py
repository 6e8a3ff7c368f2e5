from django.core.management.base import BaseCommand

from wagtail_escalated import jobs


class Command(BaseCommand):
    help = "Catches up on what the knowledge base's search needs, and forgets old statistics."

    def handle(self, *args, **options):
        self.stdout.write(jobs.run("escalated_kb_upkeep"))
