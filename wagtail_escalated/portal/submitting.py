"""A new request, from somebody with an account or without."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from wagtail_escalated import articles, proof
from wagtail_escalated.actions import contacts, guests, tickets
from wagtail_escalated.actors import through
from wagtail_escalated.captcha import NOT_SHOWN, passed_captcha
from wagtail_escalated.exceptions import AttachmentRejected, InvalidTicket
from wagtail_escalated.models import Channel, DeskSettings, GuestPolicy, Ticket
from wagtail_escalated.once import once
from wagtail_escalated.ratelimit import Limited, client_ip, hit

from .fingerprints import fingerprint
from .forms import GuestRequestForm, RequestForm
from .pages import page, site_of

PER_IP, PER_ADDRESS, PER_USER = (
    {"limit": 20, "window": 600},
    {"limit": 5, "window": 3600},
    {"limit": 30, "window": 3600},
)
#: Nobody reads, writes and sends a form within this many seconds.
TOO_QUICK = 2
STAMP = "wagtail_escalated.portal.form"


@never_cache
def new_ticket(request: HttpRequest) -> HttpResponse:
    as_guest = not request.user.is_authenticated
    if as_guest and DeskSettings.for_request(request).guest_policy == GuestPolicy.SIGN_UP:
        return redirect_to_login(request.get_full_path())
    form_class = GuestRequestForm if as_guest else RequestForm
    if request.method != "POST":
        initial = {"subject": request.GET.get("q", "")[:200]}
        return _form(request, form_class(site=site_of(request), initial=initial))
    form = form_class(request.POST, site=site_of(request))
    if not form.is_valid():
        return _form(request, form, status=400)
    if as_guest and not passed_captcha(request):
        form.add_error(None, NOT_SHOWN)
        return _form(request, form, status=400)
    if as_guest and _looks_like_a_machine(request):
        form.add_error(None, _("Please look it over once more, then send it again."))
        return _form(request, form, status=400)
    if as_guest and not _did_the_work(request):
        return _form(request, form, status=400, work=proof.question())
    limited = _limited(request, form)
    if limited:
        response = _form(request, form, status=429, limited=limited)
        response["Retry-After"] = str(limited.retry_after)
        return response
    return _take(request, form)


new_ticket.login_required = False


def suggestions(request: HttpRequest) -> HttpResponse:
    """Articles for what is being typed, as a fragment of the page; kept as the visitor's trail."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:300]
    limited = hit("portal-suggest", client_ip(request), limit=120, window=60)
    if limited:
        return HttpResponse(status=429, headers={"Retry-After": str(limited.retry_after)})
    hits = []
    if articles.enough_to_search(query):
        hits = articles.suggest_articles(
            query, user=request.user, site=site_of(request), session=request.session
        )
    return page(request, "suggestions", {"hits": hits})


suggestions.login_required = False


def _form(
    request: HttpRequest,
    form: RequestForm,
    *,
    status: int = 200,
    limited: Limited | None = None,
    work: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "stamp": signing.dumps(secrets.token_urlsafe(9), salt=STAMP),
        "suggests": articles.is_enabled(site_of(request), user=request.user),
        "limited": limited,
        "work": work,
        "bits": proof.BITS,
        "patience": proof.PATIENCE,
    }
    return page(request, "new", context, status=status)


def _looks_like_a_machine(request: HttpRequest) -> bool:
    """A field nobody sees was filled in, or the form came back quicker than anybody types."""
    if request.POST.get("website"):
        return True
    stamp = request.POST.get("stamp", "")
    try:
        signing.loads(stamp, salt=STAMP, max_age=TOO_QUICK)
    except signing.SignatureExpired:
        return False
    except signing.BadSignature:
        return True
    return True


def _did_the_work(request: HttpRequest) -> bool:
    """Where forms come too fast, and nowhere else, it is asked for."""
    answer = request.POST.get("proof", "")
    if answer and proof.is_right(answer, patience=True):
        return True
    return not proof.is_asked(request, site_of(request).pk)


def _limited(request: HttpRequest, form: RequestForm) -> Limited | None:
    if request.user.is_authenticated:
        return hit("portal-user", str(request.user.pk), **PER_USER)
    by_ip = hit("portal-submit", client_ip(request), **PER_IP)
    return by_ip or hit("portal-address", form.cleaned_data["email"].lower(), **PER_ADDRESS)


def _take(request: HttpRequest, form: RequestForm) -> HttpResponse:
    try:
        ticket = once(
            f"portal-new|{site_of(request).pk}|{request.user.pk or ''}",
            fingerprint(request, "stamp", "email", "subject", "body"),
            lambda: _create(request, form),
        )
    except (AttachmentRejected, InvalidTicket) as problem:
        form.add_error(_field_of(problem, form), str(problem))
        return _form(request, form, status=400)
    articles.ask_sent(site=site_of(request), session=request.session)
    trail = articles.visitor_trail(request)
    if trail:
        articles.keep_trail(ticket, trail)
        trail.clear()
    if request.user.is_authenticated and ticket.requester.user_id == request.user.pk:
        where = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
    else:
        token = guests.create_link(ticket, by_mail=False)
        where = reverse("wagtail_escalated:guest_conversation", args=[token])
    return redirect(f"{where}?sent=new")


def _create(request: HttpRequest, form: RequestForm) -> Ticket:
    data = form.cleaned_data
    if request.user.is_authenticated:
        actor = request.user
        requester = contacts.contact_for_user(actor)
        writer, cc = requester, ()
    else:
        writer = contacts.contact_for_address(data["email"], name=data["name"])
        requester, cc = guests.requester_for(writer, site=site_of(request))
        actor = requester
    contacts.remember_habits(
        writer,
        locale=translation.get_language(),
        time_zone=request.POST.get("time_zone", ""),
    )
    with through("portal"):
        return tickets.create(
            subject=data["subject"],
            description=data["body"],
            requester=requester,
            actor=actor,
            cc=cc,
            department=data["department"],
            fields=data["fields"],
            type=data["type"] or None,
            channel=Channel.WEB,
            site=site_of(request),
            attachments=request.FILES.getlist("files"),
            # An account that came after the address has not shown yet that both are one person.
            proved=request.user.is_authenticated and requester.user_id == request.user.pk,
        )


def _field_of(problem: AttachmentRejected | InvalidTicket, form: RequestForm) -> str | None:
    field = {"description": "body"}.get(
        getattr(problem, "field", ""), getattr(problem, "field", "")
    )
    return field if field in form.fields else None
