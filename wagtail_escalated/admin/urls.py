"""The desk's own pages in Wagtail's admin. Wagtail asks for login and access to the admin before each."""

from django.urls import path

from wagtail_escalated.admin.api_tokens import ApiTokensView, revoke
from wagtail_escalated.admin.badges import badges
from wagtail_escalated.admin.command_box import command_urls
from wagtail_escalated.admin.held_mail import held_mail_urls
from wagtail_escalated.admin.inbox.urls import inbox_urls
from wagtail_escalated.admin.jobs import JobsView
from wagtail_escalated.admin.mails import mail_urls
from wagtail_escalated.admin.notifications.bell import BellView, mark_read
from wagtail_escalated.admin.notifications.preferences import NotificationPreferencesView
from wagtail_escalated.admin.reports.views import report_urls
from wagtail_escalated.admin.setup import SetupView
from wagtail_escalated.admin.sla_report import SLAReportExportView, SLAReportView
from wagtail_escalated.admin.ticket.urls import ticket_urls

app_name = "wagtail_escalated_admin"

urlpatterns = [
    *inbox_urls(),
    *ticket_urls(),
    *command_urls(),
    *held_mail_urls(),
    *mail_urls(),
    *report_urls(),
    path("api-tokens/", ApiTokensView.as_view(), name="api_tokens"),
    path("api-tokens/<int:pk>/revoke/", revoke, name="api_token_revoke"),
    path("badges/", badges, name="badges"),
    path("jobs/", JobsView.as_view(), name="jobs"),
    path("notifications/", BellView.as_view(), name="notifications"),
    path("notifications/read/", mark_read, name="notifications_read"),
    path(
        "notifications/preferences/",
        NotificationPreferencesView.as_view(),
        name="notification_preferences",
    ),
    path("reports/sla/", SLAReportView.as_view(), name="report_sla"),
    path(
        "reports/sla/<slug:key>.<slug:form>",
        SLAReportExportView.as_view(),
        name="report_sla_export",
    ),
    path("setup/", SetupView.as_view(), name="setup"),
]
