"""The knowledge base's app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeBaseConfig(AppConfig):
    name = "wagtail_escalated.kb"
    label = "wagtail_escalated_kb"
    verbose_name = _("Knowledge base")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from wagtail_escalated import article_reports, jobs, schedules
        from wagtail_escalated.articles import register_provider

        from . import citing, reindexing
        from .provider import KnowledgeBase

        register_provider(KnowledgeBase())
        article_reports.register("wagtail_escalated.kb.admin.as_data.reports")
        reindexing.connect()
        citing.connect()
        jobs.JOBS["escalated_kb_upkeep"] = "wagtail_escalated.kb.jobs.upkeep"
        schedules.SCHEDULES["escalated_kb_upkeep"] = schedules.Every(60)
