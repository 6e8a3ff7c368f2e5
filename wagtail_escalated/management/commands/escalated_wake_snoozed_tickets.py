from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Wake the tickets whose snooze is over."
    job = "escalated_wake_snoozed_tickets"
