from django.core.management.base import BaseCommand

from wagtail_escalated.kb.reindexing import reindex_all


class Command(BaseCommand):
    help = "Builds what the knowledge base's search reads anew, from the published articles."

    def handle(self, *args, **options):
        self.stdout.write(f"{reindex_all()} articles indexed")
