from django.core.management.base import BaseCommand, CommandError

from wagtail_escalated.actions.erasure import erase_contact, what_would_go
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Contact


class Command(BaseCommand):
    help = (
        "Erase a person: their tickets, messages, files, letters and traces. Their account, if they have"
        " one, is the site's own and stays."
    )

    def add_arguments(self, parser):
        parser.add_argument("address", help="the person's email address")
        parser.add_argument("--dry-run", action="store_true", help="count only, erase nothing")

    def handle(self, *args, address, dry_run, **options):
        contact = Contact.objects.for_address(address).first()
        if contact is None:
            if not dry_run:
                raise CommandError("Nobody is known by this address.")
            self.stdout.write("Nobody is known by this address.")
            return
        erased = what_would_go(contact) if dry_run else erase_contact(contact, actor=SYSTEM)
        self.stdout.write(
            f"{'Would erase' if dry_run else 'Erased'} {erased.tickets} tickets,"
            f" {erased.messages} messages elsewhere and {erased.letters} letters."
        )
