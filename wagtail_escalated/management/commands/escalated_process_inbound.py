from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Work on the letters that are stored and not finished."
    job = "escalated_process_inbound"
