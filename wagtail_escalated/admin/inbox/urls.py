from django.urls import path

from .availability import AvailabilityView
from .bulk import BulkView
from .bulk_run import BulkRunView
from .filter_panel import FilterPanelView
from .preferences_view import PreferencesView
from .rows import ChangedRowsView
from .saved import SaveView, ViewChange, ViewsPage
from .views import InboxView


def inbox_urls():
    return [
        path("inbox/", InboxView.as_view(), name="inbox"),
        path("inbox/results/", InboxView.as_view(results_only=True), name="inbox_results"),
        path("inbox/filters/", FilterPanelView.as_view(), name="inbox_filters"),
        path("inbox/rows/", ChangedRowsView.as_view(), name="inbox_rows"),
        path("inbox/bulk/", BulkView.as_view(), name="inbox_bulk"),
        path("inbox/bulk/<int:pk>/", BulkRunView.as_view(), name="inbox_bulk_run"),
        path("inbox/preferences/", PreferencesView.as_view(), name="inbox_preferences"),
        path("inbox/away/", AvailabilityView.as_view(), name="inbox_away"),
        path("views/", ViewsPage.as_view(), name="views"),
        path("views/new/", SaveView.as_view(), name="view_new"),
        path("views/<int:pk>/", SaveView.as_view(), name="view_edit"),
        path("views/<slug:key>/<slug:what>/", ViewChange.as_view(), name="view_change"),
    ]
