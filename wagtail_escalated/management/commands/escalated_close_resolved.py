from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Close the tickets that have been resolved long enough."
    job = "escalated_close_resolved"
