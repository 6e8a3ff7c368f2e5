"""Below ``api/v1/``. ``described`` is what the schema tells of."""

from django.urls import path, re_path

from . import (
    around,
    article_reports,
    availability,
    bulk_runs,
    business_hours,
    canned,
    configuration,
    custom_fields,
    customers,
    desk_settings,
    drafts,
    explanation,
    files,
    held_mail,
    history,
    knowledge,
    letters,
    macros,
    mails,
    me,
    nothing,
    notifications,
    people,
    privacy,
    public_holidays,
    recomputing,
    reports,
    rules,
    running,
    saved_views,
    schema,
    sent_mails,
    similar,
    ticket_actions,
    tickets,
    trying_rules,
    usages,
    webhooks,
    what_if,
)

KINDS = (
    configuration.KINDS
    | people.KINDS
    | rules.KINDS
    | {
        "business-hours": business_hours.BOTH,
        "custom-fields": configuration.both(custom_fields.CustomFields),
        "macros": macros.BOTH,
        "saved-views": saved_views.BOTH,
        "webhooks": webhooks.BOTH,
    }
)
#: Below one ticket, beside what is done with it.
OF_A_TICKET = {
    "around": (around.Around, "around"),
    "sla": (explanation.Explanation, "sla"),
    "sla-policy": (explanation.SetPolicy, "sla_policy"),
    "similar": (similar.Similar, "similar"),
    "article": (knowledge.DraftArticle, "article"),
    "canned-responses": (canned.CannedResponses, "canned_responses"),
    "drafts": (drafts.Drafts, "drafts"),
    "drafts/<str:kind>": (drafts.OneDraft, "draft"),
    "history": (history.History, "history"),
    "letters": (letters.Letters, "letters"),
    "mails": (sent_mails.SentMails, "mails"),
    "letters/<uuid:uuid>": (letters.OneLetter, "letter"),
}
#: Below one row of a kind: its log, and what is done with it.
BELOW = {
    "macros/<int:pk>/runs/": (rules.runs_of(macros.Macros), "api_macros_runs"),
    "workflows/<int:pk>/runs/": (rules.runs_of(rules.Workflows), "api_workflows_runs"),
    "automations/<int:pk>/runs/": (rules.runs_of(rules.Automations), "api_automations_runs"),
    "automations/<int:pk>/run/": (rules.RunAutomation, "api_automations_run"),
    "tags/<int:pk>/merge/": (configuration.MergeTag, "api_tags_merge"),
    "contacts/<int:pk>/export/": (privacy.ExportContact, "api_contacts_export"),
    "contacts/<int:pk>/erase/": (privacy.EraseContact, "api_contacts_erase"),
    "macros/preview/": (trying_rules.TryMacro, "api_macros_preview"),
    "workflows/preview/": (trying_rules.TryWorkflow, "api_workflows_preview"),
    "automations/preview/": (trying_rules.TryAutomation, "api_automations_preview"),
    "business-hours/<int:pk>/public-holidays/": (
        public_holidays.TakeOver,
        "api_business_hours_public_holidays",
    ),
    "public-holidays/": (public_holidays.Countries, "api_public_holidays"),
    "public-holidays/<str:country>/": (public_holidays.DaysOff, "api_public_holidays_of"),
    "business-hours/<int:pk>/what-if/": (what_if.AskAboutHours, "api_business_hours_what_if"),
    "business-hours/<int:pk>/recompute/": (recomputing.OF_HOURS, "api_business_hours_recompute"),
    "sla-policies/what-if/": (what_if.AskAboutNewPolicy, "api_sla_policies_what_if_new"),
    "sla-policies/<int:pk>/what-if/": (what_if.AskAboutPolicy, "api_sla_policies_what_if"),
    "sla-policies/<int:pk>/recompute/": (recomputing.OF_POLICY, "api_sla_policies_recompute"),
    "sla-replays/<int:pk>/": (what_if.OneReplay, "api_sla_replay"),
    "webhooks/<int:pk>/deliveries/": (webhooks.Deliveries, "api_webhooks_deliveries"),
    "webhooks/<int:pk>/deliveries/<uuid:uuid>/again/": (webhooks.SendAgain, "api_webhooks_again"),
    "webhooks/<int:pk>/test/": (webhooks.SendTest, "api_webhooks_test"),
    "webhooks/<int:pk>/secret/": (webhooks.NewSecret, "api_webhooks_secret"),
}

#: What the admin asks about before it is deleted.
DELETED_WITH_CARE = {
    "agents": configuration.Agents,
    "automations": rules.Automations,
    "blocked-senders": people.BlockedSenders,
    "business-hours": business_hours.Hours,
    "canned-responses": configuration.Canned,
    "contacts": people.Contacts,
    "custom-fields": custom_fields.CustomFields,
    "departments": configuration.Departments,
    "macros": macros.Macros,
    "organisations": people.Organisations,
    "sla-policies": configuration.Policies,
    "tags": configuration.Tags,
    "webhooks": webhooks.Webhooks,
    "workflows": rules.Workflows,
}

described = [
    path("tickets/", tickets.Tickets.as_view(), name="api_tickets"),
    path("tickets/<str:reference>/", tickets.OneTicket.as_view(), name="api_ticket"),
    *(
        path(f"tickets/<str:reference>/{below}/", view.as_view(), name=f"api_ticket_{name}")
        for below, (view, name) in OF_A_TICKET.items()
    ),
    *(
        path(f"tickets/<str:reference>/{name}/", view.as_view(), name=f"api_ticket_{name}")
        for name, view in ticket_actions.ACTIONS.items()
    ),
    *(
        pattern
        for name, (many, one) in KINDS.items()
        for pattern in (
            path(f"{name}/", many.as_view(), name=f"api_{name}"),
            path(f"{name}/<int:pk>/", one.as_view(), name=f"api_{name}_item"),
        )
    ),
    *(
        path(f"{name}/<int:pk>/usage/", usages.usage_of(rows).as_view(), name=f"api_{name}_usage")
        for name, rows in DELETED_WITH_CARE.items()
    ),
    *(path(below, view.as_view(), name=name) for below, (view, name) in BELOW.items()),
    path("bulk-runs/", bulk_runs.BulkRuns.as_view(), name="api_bulk_runs"),
    path("bulk-runs/<int:pk>/", bulk_runs.OneBulkRun.as_view(), name="api_bulk_run"),
    path("bulk-runs/<int:pk>/undo/", bulk_runs.UndoBulkRun.as_view(), name="api_bulk_run_undo"),
    path("kb/articles/", knowledge.Articles.as_view(), name="api_articles"),
    path("kb/articles/<int:pk>/", knowledge.OneArticle.as_view(), name="api_article"),
    path(
        "kb/articles/<int:pk>/feedback/",
        knowledge.ArticleFeedback.as_view(),
        name="api_article_feedback",
    ),
    path("kb/gaps/", article_reports.Gaps.as_view(), name="api_article_gaps"),
    path("kb/gaps/draft/", article_reports.DraftOfGap.as_view(), name="api_article_gap_draft"),
    path(
        "kb/suggestions/",
        article_reports.SuggestionsReport.as_view(),
        name="api_article_suggestions",
    ),
    path("reports/", reports.Reports.as_view(), name="api_reports"),
    path("reports/sla/", reports.Sla.as_view(), name="api_report_sla"),
    path("reports/tickets/", reports.Volume.as_view(), name="api_report_tickets"),
    path("reports/ratings/", reports.Ratings.as_view(), name="api_report_ratings"),
    path("reports/tables/<slug:key>/", reports.TableView.as_view(), name="api_report_table"),
    path("notifications/", notifications.Notifications.as_view(), name="api_notifications"),
    path("notifications/read/", notifications.MarkRead.as_view(), name="api_notifications_read"),
    path(
        "notifications/preferences/",
        notifications.Preferences.as_view(),
        name="api_notification_preferences",
    ),
    path("held-mail/", held_mail.HeldMail.as_view(), name="api_held_mail"),
    path(
        "held-mail/<uuid:uuid>/original/",
        held_mail.Original.as_view(),
        name="api_held_mail_original",
    ),
    *(
        path(f"held-mail/<uuid:uuid>/{name}/", view.as_view(), name=f"api_held_mail_{name}")
        for name, view in held_mail.DEEDS.items()
    ),
    path("jobs/", running.Jobs.as_view(), name="api_jobs"),
    path("setup/", running.Setup.as_view(), name="api_setup"),
    path("mails/", mails.Mails.as_view(), name="api_mails"),
    path("mails/test/", mails.SendTestMail.as_view(), name="api_mails_test"),
    path("desk-settings/", desk_settings.SettingsOfSites.as_view(), name="api_desk_settings"),
    path(
        "desk-settings/<int:pk>/",
        desk_settings.SettingsOfSite.as_view(),
        name="api_desk_settings_item",
    ),
    path("mail-choices/", customers.MailChoices.as_view(), name="api_mail_choices"),
    path("guest-links/", customers.GuestLinks.as_view(), name="api_guest_links"),
    path("guest-links/claim/", customers.ClaimGuestTickets.as_view(), name="api_guest_links_claim"),
    path("me/", me.Me.as_view(), name="api_me"),
    path("me/availability/", availability.Availability.as_view(), name="api_availability"),
    path("attachments/<uuid:uuid>/", files.Download.as_view(), name="api_attachment"),
]

urlpatterns = [
    *described,
    path("schema/", schema.schema, name="api_schema"),
    # A program expects JSON also where there is nothing, whatever stands in the address.
    re_path(r"^[\s\S]*/$", nothing.Nothing.as_view(), name="api_nothing"),
]
