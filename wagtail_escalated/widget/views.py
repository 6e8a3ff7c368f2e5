"""The script, its configuration, and the articles a visitor may read without an account."""

import gzip
import json
from functools import cache
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from wagtail_escalated import articles
from wagtail_escalated.ratelimit import client_ip, hit

from .asks import WidgetAsk
from .config import config
from .door import Visit, cached, count, endpoint, error, not_found, private, too_many
from .preview import with_preview
from .remembering import recall, remember
from .trees import tree_from_html

SOURCE = Path(__file__).parent / "assets" / "widget.js"
#: What is sent: the same, made small by ``make widget``.
SMALL = SOURCE.with_suffix(".min.js")
SOLVER = Path(__file__).parents[1] / "static" / "wagtail_escalated" / "proof.js"
MAX_QUERY, RESULTS = 300, 6
SEARCH = ("search", 120, 60)
READ = ("read", 120, 60)
VOTE = ("vote", 30, 600)


@cache
def source() -> str:
    """A function of the configuration, not called yet. Read once, as code is."""
    _made_of, _newline, function = SMALL.read_text().partition("\n")
    return function.rstrip()


@endpoint("GET")
def script(visit: Visit) -> HttpResponse:
    """With the site's configuration baked in; a page needs nothing else until the first click."""
    payload = visit.request.GET.get("preview")
    settings = with_preview(visit.settings, payload) if payload else visit.settings
    baked = json.dumps(config(visit.site, settings), ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(
        f"{source()}({baked});\n", content_type="text/javascript; charset=utf-8"
    )
    return cached(visit.request, packed(visit, response))


def packed(visit: Visit, response: HttpResponse) -> HttpResponse:
    """Compressed here, as most hosts compress static files only. Nothing in it is secret."""
    patch_vary_headers(response, ["Accept-Encoding"])
    if "gzip" in visit.request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(response.content, 9, mtime=0)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    return response


@endpoint("GET")
def solver(visit: Visit) -> HttpResponse:
    """Asked for by the script where forms come too fast, and nowhere else."""
    response = HttpResponse(SOLVER.read_text(), content_type="text/javascript; charset=utf-8")
    return cached(visit.request, packed(visit, response), seconds=3600)


@endpoint("GET")
def configuration(visit: Visit) -> HttpResponse:
    return cached(visit.request, JsonResponse(config(visit.site, visit.settings)))


@endpoint("GET")
def search(visit: Visit) -> HttpResponse:
    """Counted against the limit only where the answer is not remembered: the rest costs next to nothing."""
    if not articles.is_enabled(visit.site, user=AnonymousUser()):
        return kb_off()
    query, ask = query_of(visit), WidgetAsk(visit)
    settled = bool(visit.request.GET.get("settled"))  # they stopped typing: for the statistics
    key, results = recall(("search", visit.site.pk, translation.get_language(), query.casefold()))
    if settled or results is None or ask.is_new:
        limited = count(visit, SEARCH)
        if limited:
            return too_many(limited)
    if ask.holds_out():
        return told(visit, [], ask)
    if settled:
        results = find(visit, query, source="widget")
    elif results is None:
        results = remember(key, find(visit, query, source=""))
    if results and ask.is_in_form:
        ask.reach("seen")
    return told(visit, results, ask)


def query_of(visit: Visit) -> str:
    return visit.request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]


def find(visit: Visit, query: str, *, source: str) -> list[dict]:
    asked = {
        "user": AnonymousUser(),
        "site": visit.site,
        "locale": translation.get_language(),
        "limit": RESULTS,
    }
    if query:
        hits = articles.search_articles(query, **asked, source=source)
    else:
        hits = articles.popular_articles(**asked)
    return [as_result(hit) for hit in hits]


def as_result(found: articles.ArticleHit) -> dict:
    """``lang`` and ``note`` are there where it is in another language than the one asked for."""
    result = {"id": found.id, "title": found.title, "excerpt": found.excerpt, "url": found.url}
    if found.is_fallback:
        result |= {"lang": found.locale, "note": _("Not yet in your language")}
    return result


def told(visit: Visit, results: list[dict], ask: WidgetAsk) -> HttpResponse:
    answer = JsonResponse(ask.with_state({"results": results}))
    return private(answer) if ask.store else cached(visit.request, answer, seconds=30)


@endpoint("GET", limit=READ)
def article(visit: Visit, pk: int) -> HttpResponse:
    reader = {"user": AnonymousUser(), "site": visit.site}
    if not articles.is_enabled(visit.site, user=AnonymousUser()):
        return kb_off()
    found = articles.get_article(pk, **reader)
    if found is None:
        return not_found()
    articles.record_view(pk, **reader, source="widget")
    query = query_of(visit)
    if query:
        articles.record_click(pk, query, **reader, source="widget")
    ask = WidgetAsk(visit)
    ask.reach("read")
    told = {
        "id": found.id,
        "title": found.title,
        "url": found.url,
        "lang": found.locale,
        "body": tree_from_html(found.html, base=visit.site.root_url),
    }
    answer = JsonResponse(ask.with_state(told))
    return private(answer) if ask.store else cached(visit.request, answer)


@endpoint("POST", limit=VOTE)
def feedback(visit: Visit, pk: int) -> HttpResponse:
    """``helpful`` yes or no, ``comment``, and ``key``: what this browser calls itself."""
    if not articles.accepts_feedback(visit.site):
        return kb_off()
    form = visit.request.POST
    if form.get("helpful") not in ("yes", "no"):
        return private(error(_("Say yes or no."), 400))
    visitor = form.get("key", "")[:64] or client_ip(visit.request)
    # A browser may call itself what it likes, so votes are bounded by address too.
    limited = hit("widget-vote-article", f"{client_ip(visit.request)}|{pk}", limit=20, window=86400)
    if limited:
        return too_many(limited)
    stored = articles.record_feedback(
        pk,
        helpful=form["helpful"] == "yes",
        comment=form.get("comment", "")[:1000],
        visitor=visitor,
        user=AnonymousUser(),
        site=visit.site,
        source="widget",
    )
    if not stored:
        return not_found()
    ask = WidgetAsk(visit)
    ask.reach("solved" if form["helpful"] == "yes" else "unsolved")
    return private(JsonResponse(ask.with_state({"stored": True})))


def kb_off() -> HttpResponse:
    return private(error(_("The knowledge base is switched off."), 403))
