import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from wagtail_escalated.mail import imap, reading
from wagtail_escalated.models import InboundEmail

State = InboundEmail.State


class Command(BaseCommand):
    help = (
        "Take in letters from an .eml file, an mbox, a maildir, (-) one letter on standard input, or the unseen "
        "ones of imaps://user@host/FOLDER (password in ESCALATED_IMAP_PASSWORD)."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a file, a maildir, imaps://…, or -"
        )

    def handle(self, *args, **options):
        counts = Counter()
        for path in options["paths"]:
            try:
                for raw in self.letters(path):
                    counts[reading.receive(raw)] += 1
            except imap.MailboxError as error:
                raise CommandError(str(error)) from None
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror or error}") from None
        self.stdout.write(
            f"{counts.total()} received: {counts[State.DONE]} done, {counts[State.DUPLICATE]} duplicate, "
            f"{counts[State.IGNORED]} ignored, {counts[State.HELD]} held, {counts[State.FAILED]} failed"
        )
        if counts[State.FAILED]:
            sys.exit(1)

    def letters(self, path):
        if path == "-":
            return [reading.from_stream(getattr(sys.stdin, "buffer", sys.stdin))]
        return imap.unseen(path) if imap.is_mailbox(path) else reading.letters_in(Path(path))
