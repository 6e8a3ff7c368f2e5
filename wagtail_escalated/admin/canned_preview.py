"""How a canned response reads with its variables filled in, while it is being written."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views import View

from wagtail_escalated.actions.canned import filled_in, unknown_variables
from wagtail_escalated.models import CannedResponse, Contact, Department, Status, Ticket
from wagtail_escalated.permissions import tickets_for

from .policies import policy_for

LONGEST = 20_000


class PreviewView(View):
    """POST ``body``: the text as it would leave for the newest ticket of who asks. Nothing is stored."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policy_for(CannedResponse).user_has_any_permission(request.user, ["add", "change"]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(rendered_example("", request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(rendered_example(request.POST.get("body", ""), request.user))


def rendered_example(text: str, user: Any) -> SafeString:
    ticket = _newest_ticket(user) or _made_up_ticket()
    context = {
        "text": filled_in(text[:LONGEST], ticket=ticket, user=user),
        "unknown": unknown_variables(text[:LONGEST]),
        "reference": ticket.reference if ticket.pk else "",
    }
    return render_to_string("wagtail_escalated/admin/canned_preview.html", context)


def _newest_ticket(user: Any) -> Ticket | None:
    tickets = tickets_for(user, "work").select_related("requester", "department", "site")
    return tickets.order_by("-pk").first()


def _made_up_ticket() -> Ticket:
    """For a desk without a ticket yet."""
    return Ticket(
        reference="ESC-2604-0A1B2C",
        subject=_("The kettle does not get warm"),
        status=Status.OPEN,
        requester=Contact(name=_("Robin Example"), address="robin@example.com"),
        department=Department(name=_("Support")),
    )
