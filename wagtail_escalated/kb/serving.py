"""How the pages answer: switches first, then what the templates need, and what is counted."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.cache import add_never_cache_headers
from wagtail.models import Site

from wagtail_escalated import ratelimit
from wagtail_escalated.articles import visitor_trail
from wagtail_escalated.conf import desk_settings

from . import counting, head, navigation, structured_data
from .deflection import READ, SOLVED, ask_of
from .models.settings import KnowledgeBaseSettings
from .search.text import language_of
from .search.untranslated import original_of

#: Votes from one address in an hour: enough for an office behind one.
VOTES, VOTES_WINDOW = 60, 3600


def refusal(page, request) -> HttpResponse | None:
    """What is answered instead of the page while it is switched off or meant for others."""
    if getattr(request, "is_preview", False):
        return None
    chosen = settings_of(request)
    if not chosen.enabled:
        raise Http404("The knowledge base of this site is switched off.")
    if chosen.admits(request.user):
        return None
    response = redirect_to_login(request.get_full_path(), login_url())
    add_never_cache_headers(response)
    return response


def settings_of(request) -> KnowledgeBaseSettings:
    """Once per request."""
    if not hasattr(request, "_escalated_kb_settings"):
        site = Site.find_for_request(request)
        request._escalated_kb_settings = (
            KnowledgeBaseSettings.of(site) if site else KnowledgeBaseSettings(enabled=False)
        )
    return request._escalated_kb_settings


def login_url() -> str:
    own = getattr(settings, "WAGTAIL_FRONTEND_LOGIN_URL", None)
    return resolve_url(own or reverse("wagtailcore_login"))


def in_sitemap(page, request) -> bool:
    site = Site.find_for_request(request) if request else page.get_site()
    chosen = KnowledgeBaseSettings.of(site) if site else None
    public = chosen is not None and chosen.admits(None)
    return public and not page.get_view_restrictions().exists()


def contact_url() -> str | None:
    """The portal's form, where there is one."""
    if not desk_settings.UI_ENABLED:
        return None
    try:
        return reverse("wagtail_escalated:ticket_new")
    except NoReverseMatch:
        return None


def description_of(page) -> str:
    """What search engines and social networks show: the first of these that the page has and that is filled."""
    names = ("search_description", "summary", "description", "intro")
    return next((text for name in names if (text := getattr(page, name, ""))), "")


def direction_of(language_code: str) -> str:
    """Of what the page says, whatever language the rest of the site is shown in."""
    bidi = language_code in settings.LANGUAGES_BIDI
    return "rtl" if bidi or language_of(language_code) in settings.LANGUAGES_BIDI else "ltr"


def common_context(page, request) -> dict:
    chosen = settings_of(request)
    index = navigation.index_of(page)
    crumbs = navigation.breadcrumbs(page, index)
    return {
        "kb_base_template": page.base_template or desk_settings.KB_BASE_TEMPLATE,
        "kb_index": index,
        "kb_direction": direction_of(page.locale.language_code),
        "kb_description": description_of(page),
        "kb_settings": chosen,
        "kb_breadcrumbs": crumbs,
        "kb_canonical": structured_data.canonical_url(page, request),
        "kb_alternates": head.alternates(page, request),
        "kb_picture": head.picture_of(page, request),
        "kb_contact_url": contact_url() if chosen.offer_contact else None,
        "kb_structured_data": structured_data.as_script(
            [structured_data.of_breadcrumbs(crumbs, request)]
        ),
    }


def index_context(page, request) -> dict:
    query = request.GET.get("q", "").strip()[:300]
    shelves, articles = navigation.Reading(request).shelves_and_articles(page)
    context = {"shelves": shelves, "articles": articles, "query": query}
    if query:
        context["results"] = _answers(query, page, request)
    return context


def _answers(query: str, page, request) -> list:
    from wagtail_escalated.articles import search_articles

    hits = search_articles(
        query,
        user=request.user,
        site=Site.find_for_request(request),
        locale=page.locale.language_code,
        limit=20,
        session=request.session,
        source="" if getattr(request, "is_preview", False) else "page",
    )
    visitor_trail(request).searched(query, len(hits))
    return hits


def category_context(page, request) -> dict:
    shelves, articles = navigation.Reading(request).shelves_and_articles(page)
    return {"shelves": shelves, "articles": articles}


def article_context(page, request) -> dict:
    crumbs = structured_data.of_breadcrumbs(
        navigation.breadcrumbs(page, navigation.index_of(page)), request
    )
    ask = settings_of(request).feedback and page.live
    return {
        "ask_for_feedback": ask,
        "original": original_of(page),
        "beside": navigation.Reading(request).beside(page),
        "vote": counting.vote_of(page, visitor_of(request)) if ask and _known(request) else None,
        "kb_structured_data": structured_data.as_script(
            [crumbs, *page.get_structured_data(request)]
        ),
    }


def count_view(page, request, response) -> None:
    """A preview, a prefetch and a reload by the same visitor are no views."""
    if getattr(request, "is_preview", False) or request.method != "GET":
        return
    if response.status_code != 200 or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    trail = visitor_trail(request)
    if all(read["id"] != page.pk for read in trail.data["read"]):
        counting.count_view(page, source="page")
    trail.read(page.pk, page.title)
    ask = ask_of(request)
    if ask:
        ask.reach(READ)
    query = request.GET.get("q", "")
    if query:
        site = Site.find_for_request(request)
        counting.count_click(query, page, site=site, locale=page.locale, source="page")


def take_feedback(page, request) -> HttpResponse:
    """One vote per visitor; works without JavaScript, the page comes back with thanks."""
    if not settings_of(request).feedback:
        raise Http404("Feedback is switched off.")
    helpful = {"yes": True, "no": False}.get(request.POST.get("helpful", ""))
    if helpful is None:
        return HttpResponseBadRequest("helpful: yes or no")
    limited = ratelimit.hit(
        "kb-feedback", ratelimit.client_ip(request), limit=VOTES, window=VOTES_WINDOW
    )
    if limited:
        return HttpResponse(status=429, headers={"Retry-After": str(limited.retry_after)})
    counting.vote(
        page,
        visitor=visitor_of(request),
        helpful=helpful,
        comment=request.POST.get("comment", ""),
        source="page",
    )
    ask = ask_of(request)
    if ask:
        (ask.reach if helpful else ask.take_back)(SOLVED)
    return HttpResponseRedirect(f"{page.get_url(request)}#feedback")


def _known(request) -> bool:
    return request.user.is_authenticated or bool(request.session.session_key)


def visitor_of(request) -> str:
    """The same for all visits of one browser, or of one user."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    if not request.session.session_key:
        request.session.create()
    return f"session:{request.session.session_key}"
