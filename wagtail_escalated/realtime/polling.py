"""``events/``: has it changed? And ``events/presence/``: who else is here?"""

from __future__ import annotations

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from wagtail_escalated.permissions import tickets_for

from . import presence
from .identity import Known, of_headers
from .versions import changed_since, cursor_after, cursor_at, cursor_from, pairs


def answer(data: dict[str, Any], status: int = 200) -> JsonResponse:
    response = JsonResponse(data, status=status)
    add_never_cache_headers(response)
    return response


def refusal(status: int) -> JsonResponse:
    sentences = {
        400: _("The value of “after” is not one that this address gave out."),
        401: _("Log in first."),
        404: _("There is no such ticket."),
        429: _("You have too many of these open."),
        501: _("This server cannot stream. Ask the address without “stream/” from time to time."),
    }
    return answer({"detail": sentences[status]}, status)


def known_to(request: HttpRequest) -> Known | None:
    by_header = of_headers(request.headers)
    if by_header is not None:
        known = by_header.known()
        return known if isinstance(known, Known) else None
    # A session was looked at by the middleware already.
    return Known(request.user) if request.user.is_authenticated else None


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """``?ticket=<reference>&after=<version>``, or ``?after=<cursor>`` for all one may see."""
    known = known_to(request)
    if known is None:
        return refusal(401)
    try:
        if "ticket" in request.GET:
            return _of_ticket(known, request.GET["ticket"], request.GET.get("after", ""))
        return _of_all(known, request.GET.get("after", ""))
    except ValueError:
        return refusal(400)


events.login_required = False


def _of_ticket(known: Known, reference: str, after: str) -> HttpResponse:
    seen = int(after[:20]) if after else -1
    found = pairs(known.actor, only_ticket(known, reference))
    if not found:
        return refusal(404)
    return answer({"version": found[0].version, "changed": found[0].version > seen})


def _of_all(known: Known, after: str) -> HttpResponse:
    now = timezone.now()
    if not after:
        return answer({"cursor": str(cursor_at(now)), "changed": []})
    found = changed_since(known.actor, cursor_from(after), known.only)
    cursor = str(cursor_after(found, now))
    return answer({"cursor": cursor, "changed": [pair.as_json() for pair in found]})


def only_ticket(known: Known, reference: str) -> Q:
    return Q(reference=reference.replace("\x00", "").strip().upper()) & known.only


@require_http_methods(["GET", "POST"])
def presences(request: HttpRequest) -> HttpResponse:
    """GET ``?ticket=``; POST ``ticket`` and ``state``: ``viewing``, ``writing`` or ``gone``."""
    if not request.user.is_authenticated:
        return refusal(401)
    sent = request.POST if request.method == "POST" else request.GET
    tickets = tickets_for(request.user, "view_internal")
    ticket = tickets.for_reference(sent.get("ticket", "").replace("\x00", "")).first()
    if ticket is None:
        return refusal(404)
    if request.method == "POST":
        state = sent.get("state", "")
        if state not in presence.STATES:
            return answer({"state": [_("Say “viewing”, “writing” or “gone”.")]}, 400)
        presence.say(ticket.pk, request.user.pk, state)
    return answer({"ticket": ticket.reference, "present": presence.present(ticket, request.user)})


presences.login_required = False


def only_by_socket(request: HttpRequest) -> HttpResponse:
    """The socket's path asked without an upgrade: under WSGI, or by a proxy that drops the headers."""
    response = answer({"detail": _("This address only speaks WebSocket.")}, 426)
    if isinstance(
        request, ASGIRequest
    ):  # PEP 3333 forbids it, and some servers refuse such an answer
        response["Upgrade"] = "websocket"
    return response


only_by_socket.login_required = False
