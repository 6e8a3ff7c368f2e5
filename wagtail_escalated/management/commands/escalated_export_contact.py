from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from wagtail_escalated.actions.contact_export import export_contact
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import Contact


class Command(BaseCommand):
    help = "Write what is kept about a person, and may be shown to them, into a ZIP file."

    def add_arguments(self, parser):
        parser.add_argument("address", help="the person's email address")
        parser.add_argument("--to", type=Path, help="the file (contact-<number>.zip if not said)")

    def handle(self, *args, address, to, **options):
        contact = Contact.objects.for_address(address).first()
        if contact is None:
            raise CommandError("Nobody is known by this address.")
        path = to or Path(f"contact-{contact.pk}.zip")
        with path.open("wb") as out:
            done = export_contact(contact, out, actor=SYSTEM)
        path.chmod(0o600)
        self.stdout.write(
            f"{done.tickets} tickets, {done.messages} messages and {done.files} files written to {path}."
        )
