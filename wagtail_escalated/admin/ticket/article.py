"""An answer worth keeping becomes a draft in the knowledge base."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages

from wagtail_escalated.articles import draft_from_reply

from .lookup import TicketMixin
from .operations import ticket_url


class DraftArticleView(TicketMixin, View):
    """POST. Leads to the draft; back to the ticket where this agent may not write articles."""

    http_method_names = ["post"]
    writes = True

    def post(self, request: HttpRequest, reply: int) -> HttpResponse:
        answer = get_object_or_404(self.ticket.replies.all(), pk=reply)
        try:
            where = draft_from_reply(answer, actor=request.user)
        except PermissionDenied:
            messages.error(request, _("You may not write articles in this knowledge base."))
            return redirect(ticket_url(self.ticket.reference))
        if where is None:
            raise Http404
        messages.success(request, _("A draft was made. What may name somebody is in [[brackets]]."))
        return redirect(where)
