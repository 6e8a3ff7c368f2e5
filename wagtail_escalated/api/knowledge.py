"""``kb/articles/``: the knowledge base by way of the desk's interface; empty where there is none."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Site

from wagtail_escalated import articles

from .base import DeskView
from .describing import describe
from .fields import Text

LONGEST_QUERY = 500


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


class OneArticle(DeskView):
    @describe(operation_id="articles_retrieve", responses={200: ArticleJSON})
    def get(self, request: Request, pk: int) -> Any:
        """One article, its text ready to be shown."""
        site = Site.find_for_request(request)
        found = articles.get_article(pk, user=request.user, site=site) if pk < 2**31 else None
        if found is None:
            raise Http404
        return Response(ArticleJSON(found).data)
