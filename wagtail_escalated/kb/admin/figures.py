"""What is known of an article: views, votes, the searches that led to it, the tickets that cite it."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count, DateField, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from wagtail_escalated.article_reports import DAYS
from wagtail_escalated.permissions import tickets_for

from ..models.citations import Citation
from ..models.statistics import ArticleDay, SearchClick, Vote
from ..pages import page_model
from ..search.candidates import article_models

MOST = 10


def since(days: int = DAYS) -> date:
    return timezone.now().date() - timedelta(days=days)


def with_figures(pages, *, start: date):
    """Adds `views clicks yes no tickets review_on`, each by one subquery."""
    reviewed = [F(f"{model._meta.model_name}__review_on") for model in article_models()]
    return with_votes(pages).annotate(
        views=_sum(ArticleDay.objects.filter(day__gte=start), "views"),
        clicks=_sum(SearchClick.objects.filter(search__day__gte=start), "clicks"),
        tickets=_count(Citation.objects.all()),
        review_on=Coalesce(*reviewed, None, output_field=DateField()),
    )


def with_votes(pages):
    """Adds ``yes`` and ``no``."""
    return pages.annotate(
        yes=_count(Vote.objects.filter(helpful=True)),
        no=_count(Vote.objects.filter(helpful=False)),
    )


def articles():
    """All of them, whatever class a site has made of them."""
    from ..models.bases import ArticleMixin

    return page_model().objects.type(ArticleMixin)


def _sum(rows, field: str):
    totals = rows.filter(page=OuterRef("pk")).order_by().values("page").annotate(n=Sum(field))
    return Coalesce(Subquery(totals.values("n"), output_field=IntegerField()), 0)


def _count(rows):
    totals = rows.filter(page=OuterRef("pk")).order_by().values("page").annotate(n=Count("pk"))
    return Coalesce(Subquery(totals.values("n"), output_field=IntegerField()), 0)


def readers_of(page, user) -> dict:
    """For the panel at one article. Only tickets that this user may see are named."""
    figures = with_figures(page_model().objects.filter(pk=page.pk), start=since()).values(
        "views", "clicks", "yes", "no"
    )
    cited = Citation.objects.filter(page_id=page.pk, ticket__in=tickets_for(user, "view_internal"))
    return {
        "days": DAYS,
        "figures": figures.first() or {},
        "searches": _searches(page),
        "comments": _comments(page),
        "citations": list(cited.select_related("ticket").order_by("-cited_at")[:MOST]),
    }


def _searches(page) -> list[dict]:
    found = SearchClick.objects.filter(page_id=page.pk, search__day__gte=since())
    found = found.values(query=F("search__query")).annotate(clicked=Sum("clicks"))
    return list(found.order_by("-clicked", "query")[:MOST])


def _comments(page) -> list[Vote]:
    return list(
        Vote.objects.filter(~Q(comment=""), page_id=page.pk, helpful=False).order_by("-voted_at")[
            :MOST
        ]
    )
