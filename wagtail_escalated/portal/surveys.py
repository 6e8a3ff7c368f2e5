"""The page behind the five links of a survey: opening it changes nothing, its button does."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wagtail_escalated.actions import surveys, tickets
from wagtail_escalated.actions.ratings import may_change
from wagtail_escalated.actors import through
from wagtail_escalated.exceptions import EscalatedError
from wagtail_escalated.models import Rating, SurveyLink
from wagtail_escalated.ratelimit import client_ip, hit

from .forms import RatingForm
from .pages import page
from .seats import nowhere, privately

PER_LINK = {"limit": 30, "window": 3600}


@privately
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """``?score=`` only says which number is chosen in the form."""
    link = surveys.resolve(token)
    if link is None:
        return nowhere(request, guest=True)
    if request.method == "POST":
        return _rate(request, link)
    return _page(request, link, RatingForm(initial=_initial(request, link)))


def _initial(request: HttpRequest, link: SurveyLink) -> dict[str, object]:
    rating = _rating(link)
    known = {"score": rating.score, "comment": rating.comment} if rating else {}
    score = request.GET.get("score", "")
    return known | ({"score": int(score)} if score in {"1", "2", "3", "4", "5"} else {})


def _rate(request: HttpRequest, link: SurveyLink) -> HttpResponse:
    form = RatingForm(request.POST)
    limited = hit("survey", f"{client_ip(request)}|{link.pk}", **PER_LINK)
    if limited:
        form.add_error(None, _("That was a lot at once. Please try again later."))
        response = _page(request, link, form, status=429)
        response["Retry-After"] = str(limited.retry_after)
        return response
    if not form.is_valid():
        return _page(request, link, form, status=400)
    data = form.cleaned_data
    try:
        with through("survey"):
            tickets.rate(link.ticket, data["score"], actor=link.contact, comment=data["comment"])
    except EscalatedError as problem:
        notices.error(request, str(problem))
    else:
        notices.success(request, _("Thank you for telling us."))
    return redirect(request.path)


def _page(
    request: HttpRequest, link: SurveyLink, form: RatingForm, *, status: int = 200
) -> HttpResponse:
    rating = _rating(link)
    is_over = rating is not None and not may_change(rating, now=timezone.now())
    context = {
        "ticket": link.ticket,
        "rating": rating,
        "form": None if is_over or link.ticket.is_open else form,
    }
    return page(request, "survey", context, status=status)


def _rating(link: SurveyLink) -> Rating | None:
    return Rating.objects.filter(ticket=link.ticket).first()
