from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Run the reactions to history entries that were left over."
    job = "escalated_sweep_reactions"
