from wagtail_escalated.management.base import JobCommand


class Command(JobCommand):
    help = "Send the mails that are due."
    job = "escalated_send_mail"
