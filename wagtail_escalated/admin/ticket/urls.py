from django.urls import path

from wagtail_escalated.admin.sla_explanation import ExplanationView, PartView

from .about import AboutView
from .article import DraftArticleView
from .create import NewTicketView
from .dialogs import DeleteView, LinkView, MergeView, SplitView
from .handing_over import AssignView, MoveView
from .history import HistoryView, PrintView
from .incidents import IncidentsView
from .macros import MacroView
from .moments import DraftView, PresenceView
from .operations import ChangeView, UndoView
from .original import LetterView, OriginalFrameView, OriginalView
from .suggest import SuggestView
from .views import TicketPartsView, TicketView

TICKET = "tickets/<str:reference>/"

#: Path below the ticket → name and view.
BELOW = {
    "": ("ticket", TicketView),
    "parts/": ("ticket_parts", TicketPartsView),
    "change/<slug:what>/": ("ticket_change", ChangeView),
    "macro/<int:macro>/": ("ticket_macro", MacroView),
    "presence/": ("ticket_presence", PresenceView),
    "draft/": ("ticket_draft", DraftView),
    "suggest/": ("ticket_suggest", SuggestView),
    "about/<slug:what>/": ("ticket_about", AboutView),
    "sla/": ("ticket_sla", ExplanationView),
    "sla/part/": ("ticket_sla_part", PartView),
    "history/": ("ticket_history", HistoryView),
    "print/": ("ticket_print", PrintView),
    "assign/": ("ticket_assign", AssignView),
    "move/": ("ticket_move", MoveView),
    "merge/": ("ticket_merge", MergeView),
    "link/": ("ticket_link", LinkView),
    "incidents/": ("ticket_incidents", IncidentsView),
    "split/<int:reply>/": ("ticket_split", SplitView),
    "article/<int:reply>/": ("ticket_article", DraftArticleView),
    "delete/": ("ticket_delete", DeleteView),
    "original/<slug:key>/": ("ticket_original", OriginalView),
    "original/<slug:key>/frame/": ("ticket_original_frame", OriginalFrameView),
    "letter/<uuid:uuid>/": ("ticket_letter", LetterView),
}


def ticket_urls():
    return [
        path("undo/<str:token>/", UndoView.as_view(), name="undo"),
        path("tickets/new/", NewTicketView.as_view(), name="ticket_new"),
        *(path(TICKET + below, view.as_view(), name=name) for below, (name, view) in BELOW.items()),
    ]
