from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Record the SLA targets missed and those about to be."
    job = "escalated_check_sla"
