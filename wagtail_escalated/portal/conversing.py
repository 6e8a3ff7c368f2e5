"""One ticket before its customer or guest: read, answer, close, reopen, rate."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.actions.ratings import may_change
from wagtail_escalated.actors import through
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.custom_values import public_values
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Channel, Rating, Status, Ticket
from wagtail_escalated.once import once
from wagtail_escalated.ratelimit import client_ip, hit

from .conversation import may_close, may_reopen, may_reply, timeline
from .downloads import download, public_file
from .fingerprints import fingerprint
from .forms import RatingForm, ReplyForm
from .pages import page
from .seats import Seat, nowhere


@require_GET
def show(request: HttpRequest, seat: Seat) -> HttpResponse:
    merged = seat.ticket.merged_into
    if merged is not None and not seat.token and merged.requester_id == seat.contact.pk:
        return redirect("wagtail_escalated:ticket_conversation", merged.reference)
    return conversation_page(request, seat, ReplyForm())


def conversation_page(
    request: HttpRequest, seat: Seat, form: ReplyForm, *, status: int = 200
) -> HttpResponse:
    ticket = seat.ticket
    rating = Rating.objects.filter(ticket=ticket).first()
    return page(
        request,
        "ticket",
        {
            "ticket": ticket,
            "seat": seat,
            "timeline": timeline(ticket, seat.contact),
            "custom_fields": public_values(ticket),
            "form": form if may_reply(ticket) else None,
            "may_close": may_close(ticket) and seat.is_requester,
            "may_reopen": may_reopen(ticket) and seat.is_requester,
            "rating": rating,
            "rating_form": rating_form(seat, rating),
            "may_follow": not seat.is_requester and not seat.token,
            "follows": not seat.is_requester and follows(seat),
            "urls": urls_of(seat),
            "stamp": secrets.token_urlsafe(12),
            "may_claim": seat.may_claim(request),
            "poll_seconds": desk_settings.POLL_SECONDS,
            "realtime": desk_settings.REALTIME_ENABLED,
            # Which kept draft has arrived and can be forgotten.
            "sent": request.GET.get("sent", ""),
            "arrived": {"new": "new", "reply": ticket.reference}.get(request.GET.get("sent", "")),
        },
        status=status,
    )


def urls_of(seat: Seat) -> dict[str, str]:
    steps = ("reply", "close", "reopen", "rate")
    return {"self": seat.url(), **{step: seat.url(step) for step in steps}}


def rating_form(seat: Seat, rating: Rating | None) -> RatingForm | None:
    """For its first hour a rating can be changed."""
    if seat.ticket.is_open or not seat.is_requester:
        return None
    if rating is None:
        return RatingForm()
    if not may_change(rating, now=timezone.now()):
        return None
    return RatingForm(initial={"score": rating.score, "comment": rating.comment})


def follows(seat: Seat) -> bool:
    return seat.ticket.copied.filter(contact=seat.contact).exists()


@require_POST
def reply(request: HttpRequest, seat: Seat) -> HttpResponse:
    limited = hit("portal-reply", f"{client_ip(request)}|{seat.ticket.pk}", limit=60, window=600)
    form = ReplyForm(request.POST)
    if limited:
        form.add_error(None, _("That was a lot at once. Please try again in a few minutes."))
        response = conversation_page(request, seat, form, status=429)
        response["Retry-After"] = str(limited.retry_after)
        return response
    if not form.is_valid():
        return conversation_page(request, seat, form, status=400)

    def write() -> Ticket:
        answer = messages.reply(
            seat.ticket,
            body=form.cleaned_data["body"],
            actor=seat.actor,
            attachments=request.FILES.getlist("files"),
            channel=Channel.WEB,
            proved=seat.is_proved,
        )
        return answer if isinstance(answer, Ticket) else seat.ticket

    try:
        with through("portal"):
            ticket = once(
                f"portal-reply|{seat.ticket.pk}|{seat.contact.pk}",
                fingerprint(request, "stamp", "body"),
                write,
            )
    except EscalatedError as problem:
        form.add_error(None, str(problem))
        return conversation_page(request, seat, form, status=400)
    seat.used(request)
    return redirect(f"{_where_it_went(seat, ticket)}?sent=reply")


def _where_it_went(seat: Seat, ticket: Ticket) -> str:
    """To the ticket; to the new one that follows it, where it was closed too long ago."""
    if ticket.pk == seat.ticket.pk:
        return seat.url()
    token = ""
    if seat.link is not None:
        token = guests.create_link(ticket, contact=seat.contact, by_mail=seat.link.by_mail)
    return Seat(seat.actor, seat.contact, ticket, token).url()


def close(request: HttpRequest, seat: Seat) -> HttpResponse:
    return _move(request, seat, Status.CLOSED, _("Your request is closed."))


def reopen(request: HttpRequest, seat: Seat) -> HttpResponse:
    return _move(request, seat, Status.REOPENED, _("Your request is open again."))


@require_POST
def _move(request: HttpRequest, seat: Seat, status: str, notice: str) -> HttpResponse:
    return _do(
        request, seat, notice, lambda: tickets.set_status(seat.ticket, status, actor=seat.actor)
    )


@require_POST
def rate(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = RatingForm(request.POST)
    if not form.is_valid():
        notices.error(request, _("Choose one of the five."))
        return redirect(seat.url())
    data = form.cleaned_data
    return _do(
        request,
        seat,
        _("Thank you for telling us."),
        lambda: tickets.rate(seat.ticket, data["score"], actor=seat.actor, comment=data["comment"]),
    )


def _do(request: HttpRequest, seat: Seat, notice: str, act: Callable[[], object]) -> HttpResponse:
    try:
        with through("portal"):
            act()
    except EscalatedError as problem:
        notices.error(request, str(problem))
    else:
        seat.used(request)
        notices.success(request, notice)
    return redirect(seat.url())


@require_POST
def follow(request: HttpRequest, seat: Seat) -> HttpResponse:
    return _do(
        request,
        seat,
        _("You get the answers to this request by mail from now on."),
        lambda: tickets.follow_by_mail(seat.ticket, actor=seat.actor),
    )


@require_POST
def unfollow(request: HttpRequest, seat: Seat) -> HttpResponse:
    return _do(
        request,
        seat,
        _("You get no more mails about this request."),
        lambda: tickets.unfollow_by_mail(seat.ticket, actor=seat.actor),
    )


@require_POST
def claim(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Put a guest's requests into the account that is logged in: the link came to its address."""
    if not seat.may_claim(request):
        return nowhere(request, guest=True)
    seat.used(request)
    notices.success(request, _("Your earlier requests are in your account now."))
    return redirect("wagtail_escalated:tickets")


@require_GET
def file(request: HttpRequest, seat: Seat, uuid) -> HttpResponse:
    row = public_file(seat.ticket, uuid)
    return download(row) if row else nowhere(request, guest=True)
