"""The knowledge base's side of `wagtail_escalated.articles`."""

from __future__ import annotations

from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.utils import timezone
from wagtail.models import Locale

from wagtail_escalated.articles import ArticleContent, ArticleHit, CitingTicket, Trail

from . import counting
from .access import blocked_paths, expired
from .deflection import SEEN, SOLVED, Ask
from .excerpt import excerpt_of
from .models.bases import ArticleMixin
from .models.citations import Citation, TicketTrail
from .models.settings import KnowledgeBaseSettings
from .pages import page_model
from .popular import popular
from .search import candidates, engine


class KnowledgeBase:
    """Answers from the article pages of a site. Switches and rights are asked each time."""

    def is_enabled(self, *, site, user=None) -> bool:
        if site is None:
            return False
        chosen = KnowledgeBaseSettings.of(site)
        return chosen.enabled if user is None else chosen.admits(user)

    def accepts_feedback(self, *, site) -> bool:
        chosen = KnowledgeBaseSettings.of(site) if site is not None else None
        return chosen is not None and chosen.enabled and chosen.feedback

    def search(self, query, *, user, site, locale, limit, session, source) -> list[ArticleHit]:
        if not self.is_enabled(site=site, user=user):
            return []
        results = engine.search(
            query, user=user, site=site, locale=locale, limit=limit, session=session
        )
        if source:
            asked_in = _locale(engine.reading_order(locale)[0])
            counting.count_search(
                query, site=site, locale=asked_in, source=source, hits=len(results)
            )
        return [_hit(result) for result in results]

    def popular(self, *, user, site, locale, limit) -> list[ArticleHit]:
        if not self.is_enabled(site=site, user=user):
            return []
        wanted = engine.reading_order(locale)[0]
        return [
            replace(hit, is_fallback=hit.locale != wanted)
            for hit in map(_plain_hit, popular(user=user, site=site, locale=locale, limit=limit))
        ]

    def suggest(self, query, *, user, site, limit, session) -> list[ArticleHit]:
        if not self.is_enabled(site=site, user=user):
            return []
        ask = Ask(session, site)
        if ask.begin():
            return []
        hits = self.search(
            query, user=user, site=site, locale=None, limit=limit, session=session, source=""
        )
        Trail(session).searched(query, len(hits))
        if hits:
            ask.reach(SEEN)
        return hits

    def ask_begun(self, *, site, session, key, again) -> bool:
        return Ask(session, site).begin(key, again=again)

    def ask_reached(self, step, *, site, session) -> None:
        ask = Ask(session, site)
        ask.take_back(SOLVED) if step == "unsolved" else ask.reach(step)

    def ask_sent(self, *, site, session) -> None:
        Ask(session, site).send()

    def get(self, pk, *, user, site, session=None) -> ArticleContent | None:
        page = self._page(pk, user=user, site=site, session=session)
        return _content(page) if page is not None else None

    def restricted(self, pks) -> set[int]:
        blocked = tuple(blocked_paths(user=None))
        pages = page_model().objects.filter(pk__in=pks).values_list("pk", "path")
        return {pk for pk, path in pages if path.startswith(blocked)} if blocked else set()

    def record_view(self, pk, *, user, site, session=None, source="page") -> None:
        page = self._page(pk, user=user, site=site, session=session)
        if page is not None:
            counting.count_view(page, source=source)

    def record_click(self, pk, query, *, user, site, session=None, source="page") -> None:
        page = self._page(pk, user=user, site=site, session=session)
        if page is not None:
            counting.count_click(query, page, site=site, locale=page.locale, source=source)

    def record_feedback(
        self, pk, *, helpful, comment, visitor, user, site, session, source
    ) -> bool:
        page = self._page(pk, user=user, site=site, session=session)
        if page is None or not self.accepts_feedback(site=site):
            return False
        counting.vote(page, visitor=visitor, helpful=helpful, comment=comment, source=source)
        return True

    def keep_trail(self, ticket, trail) -> None:
        _, created = TicketTrail.objects.get_or_create(ticket=ticket, defaults={"data": trail.data})
        if created:
            locale = Locale.get_default()
            for search in trail.data["searches"]:
                counting.count_ticket(search["query"], site=ticket.site, locale=locale)

    def trail_of(self, ticket) -> dict:
        kept = TicketTrail.objects.filter(ticket=ticket).first()
        return kept.data if kept else {"searches": [], "read": []}

    def record_citation(self, ticket, pk, *, actor) -> None:
        page = page_model().objects.filter(pk=pk).first()
        if page is None or not isinstance(page.specific, ArticleMixin):
            return
        Citation.objects.update_or_create(
            ticket=ticket,
            page=page,
            defaults={
                "revision_id": page.live_revision_id,
                "cited_by": actor if getattr(actor, "is_authenticated", False) else None,
                "cited_at": timezone.now(),
            },
        )

    def citations(self, ticket, *, user) -> list[CitingTicket]:
        cited = {c.page_id: c for c in Citation.objects.filter(ticket=ticket)}
        blocked = blocked_paths(user=user)
        pages = page_model().objects.filter(pk__in=cited).order_by("title").specific()
        return [
            CitingTicket(_plain_hit(page), _changed_since(page, cited[page.pk]))
            for page in pages
            if not page.path.startswith(tuple(blocked))
        ]

    def draft_from_reply(self, reply, *, actor) -> str:
        from .drafts import draft_from_reply

        if not getattr(actor, "is_authenticated", False):
            raise PermissionDenied
        return draft_from_reply(reply, actor=actor)

    def _page(self, pk, *, user, site, session):
        if not self.is_enabled(site=site, user=user):
            return None
        scope = {
            "roots": engine.roots_of(site),
            "blocked": blocked_paths(user=user, session=session),
        }
        for model in candidates.article_models():
            page = candidates.readable(model, **scope).filter(pk=pk).first()
            if page is not None and not expired(page):
                return page
        return None


def _hit(result) -> ArticleHit:
    page = result.page
    return ArticleHit(
        id=page.pk,
        title=page.title,
        excerpt=excerpt_of(page.summary, result.text, result.matched),
        url=page.get_url() or "",
        locale=result.locale,
        is_fallback=result.is_fallback,
        matched=result.matched,
    )


def _plain_hit(page) -> ArticleHit:
    return ArticleHit(
        page.pk, page.title, page.summary, page.get_url() or "", page.locale.language_code
    )


def _content(page) -> ArticleContent:
    html = render_to_string("wagtail_escalated_kb/article_body.html", {"page": page})
    return ArticleContent(
        id=page.pk,
        title=page.title,
        html=html,
        url=page.full_url or "",
        updated_at=page.last_published_at,
        locale=page.locale.language_code,
    )


def _changed_since(page, citation: Citation) -> bool:
    return bool(page.last_published_at and page.last_published_at > citation.cited_at)


def _locale(code: str) -> Locale:
    return Locale.objects.filter(language_code=code).first() or Locale.get_default()
