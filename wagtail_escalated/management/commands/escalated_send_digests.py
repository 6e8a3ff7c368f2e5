from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Write the daily summaries whose time has come."
    job = "escalated_send_digests"
