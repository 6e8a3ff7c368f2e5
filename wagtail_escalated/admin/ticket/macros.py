"""A macro by a click on the ticket's page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views import View

from wagtail_escalated.actions.rules import macros

from .lookup import TicketMixin
from .operations import answer, where_it_stays


class MacroView(TicketMixin, View):
    """POST ``macro/<key>/``: runs it on this ticket, with one button that takes all of it back."""

    def post(self, request: HttpRequest, macro: int) -> HttpResponse:
        if not self.may_work:
            raise PermissionDenied
        chosen = get_object_or_404(macros.macros_for(request.user), pk=macro)
        result = macros.run(chosen, [self.ticket], actor=request.user)
        failed = result.failed[0].reason if result.failed else ""
        done = _("Done: %(macro)s.") % {"macro": chosen.name}
        back = where_it_stays(self.ticket, request)
        return answer(request, back, done=done, failed=failed, undo=result.undo_token)
