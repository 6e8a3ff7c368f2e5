"""What an open page tells the desk while an agent reads and writes: drafts, presence, what was read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View

from wagtail_escalated.actions import drafts, notifications
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.models import Presence, ReadMark
from wagtail_escalated.realtime import presence

from .composer import NOTE, REPLY, ComposerArea
from .lookup import TicketMixin


class PresenceView(TicketMixin, View):
    """POST: I am here (``state`` viewing, writing or gone) and have seen ``version``; who else is?"""

    def post(self, request: HttpRequest) -> JsonResponse:
        state = request.POST.get("state", "")
        presence.say(
            self.ticket.pk,
            request.user.pk,
            state if state in presence.STATES else Presence.State.VIEWING,
        )
        self._mark_read(request.POST.get("version", ""))
        others = presence.present(self.ticket, request.user)
        return JsonResponse({"others": others, "version": self.ticket.version})

    def _mark_read(self, version: str) -> None:
        if not version.isdigit():
            return
        seen = min(int(version), self.ticket.version)
        marks = ReadMark.objects.filter(ticket=self.ticket, user=self.request.user)
        # Another tab may have seen more already; a mark never goes back.
        if not marks.filter(version__lt=seen).update(version=seen):
            mark = ReadMark(ticket=self.ticket, user=self.request.user, version=seen)
            ReadMark.objects.bulk_create([mark], ignore_conflicts=True)
        notifications.mark_ticket_read(self.request.user, self.ticket)


class DraftView(TicketMixin, View):
    """POST what is being written; an empty text deletes the draft."""

    writes = True

    def post(self, request: HttpRequest) -> HttpResponse:
        kind = NOTE if request.POST.get("kind") == NOTE else REPLY
        html = ComposerArea().value_from_datadict(request.POST, {}, "body")[: drafts.LONGEST]
        if MessageBody.from_html(html).is_blank:
            drafts.discard(self.ticket, kind, user=request.user)
        else:
            drafts.save(self.ticket, kind, html, user=request.user)
        return HttpResponse(status=204)
