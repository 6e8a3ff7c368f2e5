from contextlib import suppress

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.test import override_settings
from wagtail.models import Site

from sandbox.content import desk, letters, pages, promises, readers, rules
from wagtail_escalated.models import Ticket


class Command(BaseCommand):
    help = "Fill the demonstration site, unless it is filled already."

    def handle(self, *args, **options):
        if Ticket.objects.exists():
            self.stdout.write("The site is filled already.")
            return
        past = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0, "REALTIME_ENABLED": False}
        with override_settings(WAGTAIL_ESCALATED=past):
            call_command("escalated_install", stdout=self.stdout)
            with transaction.atomic():
                pages.write_pages()
                desk.write_people()
                desk.write_texts(Site.objects.get(is_default_site=True))
                desk.write_fields()
                promises.write_promises()
                rules.write_rules()
                readers.write_readers(Site.objects.get(is_default_site=True))
            # One transaction for the whole past, taken back from the queue's point of view: nothing of it is
            # left to do, so nothing of it is queued.
            with transaction.atomic():
                desk.write_tickets()
                transaction.get_connection().run_on_commit.clear()
            letters.write_held()
        call_command("escalated_check_sla", stdout=self.stdout)
        with suppress(KeyError):
            call_command("update_index", verbosity=0)
        self.stdout.write(f"{Ticket.objects.count()} tickets written.")
