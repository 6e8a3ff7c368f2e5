"""The desk's app; ``ready()`` is the list of all its side effects."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalatedConfig(AppConfig):
    name = "wagtail_escalated"
    label = "wagtail_escalated"
    verbose_name = _("Support desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from wagtail_escalated.checks.services import require_apps

        require_apps()
        from wagtail_escalated import events, tasks

        events.committed.connect(tasks.queue_reactions, dispatch_uid="escalated_reactions")
        events.committed_many.connect(
            tasks.queue_reactions_to_many, dispatch_uid="escalated_reactions"
        )
        from wagtail_escalated.realtime import pings

        events.committed.connect(pings.ping_one, dispatch_uid="escalated_pings")
        events.committed_many.connect(pings.ping_many, dispatch_uid="escalated_pings")
        from wagtail_escalated.actions import outbound
        from wagtail_escalated.mail import outbox

        outbound.mail_queued.connect(outbox.queue_sending, dispatch_uid="escalated_mail")
        from wagtail_escalated import report_tables

        report_tables.register(
            table="wagtail_escalated.admin.reports.as_data.table",
            keys="wagtail_escalated.admin.reports.as_data.KEYS",
        )
        from wagtail_escalated import reactions
        from wagtail_escalated.actions.rules import custom as _custom_actions  # noqa: F401
        from wagtail_escalated.conditions import custom as _custom_conditions  # noqa: F401
        from wagtail_escalated.reactions import notifications, rules, surveys, webhooks

        reactions.register("notifications", notifications.notify)
        reactions.register("surveys", surveys.ask)
        reactions.register("webhooks", webhooks.react)
        # Last: what the rules change is told after what started them.
        reactions.register("rules", rules.react)
