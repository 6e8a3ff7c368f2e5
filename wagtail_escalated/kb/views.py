"""What pages ask for while somebody types. The pages themselves are served by Wagtail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.models import Site

from wagtail_escalated.articles import (
    enough_to_search,
    is_enabled,
    search_articles,
    visitor_trail,
)
from wagtail_escalated.ratelimit import client_ip, hit

PER_MINUTE = 120


@never_cache
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answers to what was typed so far, as a list to insert. 404 while switched off."""
    site = Site.find_for_request(request)
    if not is_enabled(site, user=request.user):
        return HttpResponse(status=404)
    limited = hit("kb-suggestions", client_ip(request), limit=PER_MINUTE, window=60)
    if limited:
        return HttpResponse(status=429, headers={"Retry-After": str(limited.retry_after)})
    query = request.GET.get("q", "").strip()
    hits = []
    asked = enough_to_search(query)
    if asked:
        hits = search_articles(
            query, user=request.user, site=site, limit=5, session=request.session, source=""
        )
        visitor_trail(request).searched(query, len(hits))
    context = {"hits": hits, "query": query, "asked": asked}
    return render(request, "wagtail_escalated_kb/suggestions.html", context)


suggestions.login_required = False
