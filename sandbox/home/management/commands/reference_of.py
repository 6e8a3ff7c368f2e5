from django.core.management.base import BaseCommand

from wagtail_escalated.models import Ticket


class Command(BaseCommand):
    help = "Print the reference of the newest ticket with this subject and an answer."

    def add_arguments(self, parser):
        parser.add_argument("subject")

    def handle(self, *args, subject, **options):
        tickets = Ticket.objects.filter(subject=subject, reply_count__gte=1, note_count__gte=1)
        self.stdout.write(tickets.latest("created_at").reference)
