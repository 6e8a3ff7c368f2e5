"""Below ``api/v1/``. ``described`` is what the schema tells of."""

from django.urls import path, re_path

from . import (
    configuration,
    custom_fields,
    files,
    knowledge,
    macros,
    me,
    nothing,
    reports,
    saved_views,
    schema,
    ticket_actions,
    tickets,
)

KINDS = configuration.KINDS | {
    "custom-fields": configuration.both(custom_fields.CustomFields),
    "macros": macros.BOTH,
    "saved-views": saved_views.BOTH,
}

described = [
    path("tickets/", tickets.Tickets.as_view(), name="api_tickets"),
    path("tickets/<str:reference>/", tickets.OneTicket.as_view(), name="api_ticket"),
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
    path("kb/articles/", knowledge.Articles.as_view(), name="api_articles"),
    path("kb/articles/<int:pk>/", knowledge.OneArticle.as_view(), name="api_article"),
    path("reports/", reports.Reports.as_view(), name="api_reports"),
    path("reports/sla/", reports.Sla.as_view(), name="api_report_sla"),
    path("reports/tickets/", reports.Volume.as_view(), name="api_report_tickets"),
    path("reports/ratings/", reports.Ratings.as_view(), name="api_report_ratings"),
    path("me/", me.Me.as_view(), name="api_me"),
    path("attachments/<uuid:uuid>/", files.Download.as_view(), name="api_attachment"),
]

urlpatterns = [
    *described,
    path("schema/", schema.schema, name="api_schema"),
    # A program expects JSON also where there is nothing.
    re_path(r"^.*/$", nothing.Nothing.as_view(), name="api_nothing"),
]
