from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Runs the automations whose tickets have come of age."
    job = "escalated_run_automations"
