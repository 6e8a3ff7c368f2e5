"""Finding the ticket of a URL: 404 for whoever may not see it, so that references tell nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse

from wagtail_escalated.models import Draft, Ticket
from wagtail_escalated.permissions import INSIDE, RULES, standing_of, tickets_for

#: With what the page of every ticket shows of it, in one query.
RELATED = ("requester__organisation", "assignee__user", "department", "site")


def find_ticket(user: Any, reference: str, verb: str = "view_internal") -> Ticket:
    tickets = tickets_for(user, verb, of_few=True).for_reference(reference)
    try:
        return with_draft(tickets.select_related(*RELATED), user).get()
    except Ticket.DoesNotExist:
        raise Http404 from None


def with_draft(tickets: QuerySet[Ticket], user: Any) -> QuerySet[Ticket]:
    """The newest of the two drafts that an agent may have at a ticket comes along."""
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), user=user).order_by("-updated_at")
    as_json = drafts.values(found=JSONObject(kind="kind", body="body_html"))
    return tickets.annotate(draft=Subquery(as_json[:1]))


class TicketMixin:
    """A view of one ticket: ``self.ticket``. ``writes`` views need more than the right to read."""

    writes = False

    def dispatch(
        self, request: HttpRequest, *args: Any, reference: str, **kwargs: Any
    ) -> HttpResponse:
        self.ticket = find_ticket(request.user, reference)
        if self.writes and not self.may_work:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def may_work(self) -> bool:
        """Whoever may read it inside may work on it with a role that works: the reach is the same."""
        return bool(standing_of(self.request.user, INSIDE).roles & RULES["work"])

    @property
    def may_manage(self) -> bool:
        return bool(standing_of(self.request.user, INSIDE).roles & RULES["manage"])
