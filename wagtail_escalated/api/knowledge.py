"""``kb/articles/``: the knowledge base by way of the desk's interface; empty where there is none."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Site

from wagtail_escalated import articles
from wagtail_escalated.models import Ticket

from . import callers
from .base import DeskView
from .callers import Caller
from .describing import describe
from .fields import Key, Text, Truth
from .safely import once
from .tickets import IDEMPOTENCY_KEY, TicketView

LONGEST_QUERY, LONGEST_COMMENT = 500, 1000


class Question(serializers.Serializer):
    q = Text(max_length=LONGEST_QUERY, required=False, allow_blank=True, default="")
    locale = Text(max_length=20, required=False, allow_blank=True, default="")
    limit = serializers.IntegerField(min_value=1, max_value=20, required=False, default=5)


class HitJSON(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    excerpt = serializers.CharField()
    url = serializers.CharField()
    locale = serializers.CharField()
    is_fallback = serializers.BooleanField(help_text="In another language than the one asked for.")
    matched = serializers.ListField(child=serializers.CharField())


class HitsJSON(serializers.Serializer):
    results = HitJSON(many=True)


class ArticleJSON(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    html = serializers.CharField()
    url = serializers.CharField()
    locale = serializers.CharField()
    updated_at = serializers.DateTimeField(allow_null=True)


def cite(ticket: Ticket, body: str, keys: list[int], caller: Caller) -> None:
    """Keep which articles an agent's answer names: those that the agent may read and whose address stands in it."""
    for pk in dict.fromkeys(keys):
        article = articles.get_article(pk, user=caller.actor, site=ticket.site)
        if article is not None and article.url in body:
            articles.record_citation(ticket, article.id, actor=caller.actor)


class Articles(DeskView):
    @describe(
        operation_id="articles_search",
        parameters=[
            OpenApiParameter("q", {"type": "string", "maxLength": LONGEST_QUERY}),
            OpenApiParameter("locale", {"type": "string", "maxLength": 20}),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 20}),
        ],
        responses={200: HitsJSON},
    )
    def get(self, request: Request) -> Response:
        """The articles that answer a question, the best first, among those that you may read."""
        asked = Question(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        if not wanted["q"].strip():
            return Response({"results": []})
        found = articles.search_articles(
            wanted["q"],
            user=request.user,
            site=Site.find_for_request(request),
            locale=wanted["locale"] or None,
            limit=wanted["limit"],
            source="api",
        )
        return Response({"results": HitJSON(found, many=True).data})


class DraftedJSON(serializers.Serializer):
    url = serializers.CharField(help_text="Where you go on with it, in the admin.")


class DraftSourceSent(serializers.Serializer):
    reply = Key(help_text="Of this ticket.")


class DraftArticle(TicketView):
    permission_classes = [callers.HasScope, callers.Works]
    serializer_class = DraftSourceSent

    @describe(
        operation_id="tickets_article",
        parameters=[IDEMPOTENCY_KEY],
        request=DraftSourceSent,
        responses={201: DraftedJSON},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """An answer worth keeping as a draft in the knowledge base, if you may write there: 403 if not."""
        ticket, sent = self.ticket(), self.sent()
        reply = ticket.replies.filter(pk=sent["reply"]).first()
        if reply is None:
            raise serializers.ValidationError({"reply": [_("This ticket has no such reply.")]})
        where = articles.draft_from_reply(reply, actor=self.caller.actor)
        if where is None:  # there is no knowledge base
            raise Http404
        return Response({"url": where}, 201)


class OneArticle(DeskView):
    @describe(operation_id="articles_retrieve", responses={200: ArticleJSON})
    def get(self, request: Request, pk: int) -> Any:
        """One article, its text ready to be shown."""
        site = Site.find_for_request(request)
        found = articles.get_article(pk, user=request.user, site=site) if pk < 2**31 else None
        if found is None:
            raise Http404
        return Response(ArticleJSON(found).data)


class FeedbackSent(serializers.Serializer):
    helpful = Truth()
    comment = Text(max_length=LONGEST_COMMENT, required=False, allow_blank=True, default="")


class ArticleFeedback(DeskView):
    serializer_class = FeedbackSent

    @describe(
        operation_id="articles_feedback",
        request=FeedbackSent,
        responses={204: None},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say whether an article helped. You have one voice for each; a second one replaces it."""
        sent, user = self.sent(), request.user
        stored = pk < 2**31 and articles.record_feedback(
            pk,
            helpful=sent["helpful"],
            comment=sent["comment"],
            # As on the article's own page, so that nobody has two.
            visitor=f"user:{user.pk}" if user.is_authenticated else self.caller.key,
            user=user,
            site=Site.find_for_request(request),
            source="api",
        )
        if not stored:
            raise Http404
        return Response(status=204)
