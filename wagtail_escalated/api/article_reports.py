"""``kb/gaps/`` and ``kb/suggestions/``: what editors of the knowledge base are told in the admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Locale, Site

from wagtail_escalated import article_reports
from wagtail_escalated.article_reports import DAYS, Steps, Suggestions

from . import callers
from .base import DeskView
from .describing import describe
from .fields import Key, Text
from .knowledge import DraftedJSON
from .safely import once
from .tickets import IDEMPOTENCY_KEY

SITE = OpenApiParameter(
    "site",
    int,
    description="The key of one with pages that you may edit; without it the one that is asked, or the first.",
)
WHOSE = "For who may edit pages in the admin."


class MayEdit(permissions.BasePermission):
    """As the admin's reports ask; the desk's roles say nothing about it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated and article_reports.may_read(request.user)


class ReportOfSite(DeskView):
    permission_classes = [callers.HasScope, MayEdit]

    def site(self, asked: str | None) -> Site | None:
        """By its key, else the one that is asked. ``None`` where no page that the caller may edit is a site's."""
        sites = article_reports.sites(self.request.user)
        found = {str(site.pk): site for site in sites}
        if asked is not None and asked not in found:
            raise serializers.ValidationError({"site": [_("There is no such site.")]})
        here = Site.find_for_request(self.request)
        return found.get(asked or str(here and here.pk)) or next(iter(sites), None)


class GapJSON(serializers.Serializer):
    """Questions with the same words stand together, the most frequent first."""

    questions = serializers.ListField(child=serializers.CharField())
    locale = serializers.CharField()
    searches = serializers.IntegerField()
    without_result = serializers.IntegerField()
    opened = serializers.IntegerField(source="clicks", help_text="Articles, from the results.")
    tickets = serializers.IntegerField(help_text="Written after such a search.")


class GapsJSON(serializers.Serializer):
    site = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField(help_text="How far back the numbers reach.")
    results = GapJSON(many=True)


class Gaps(ReportOfSite):
    @describe(
        operation_id="articles_gaps",
        description=(
            "What visitors asked and found nothing for, opened nothing from, or wrote a ticket about: the heaviest "
            f"first. {WHOSE}"
        ),
        parameters=[SITE],
        responses={200: GapsJSON},
    )
    def get(self, request: Request) -> Response:
        site = self.site(request.query_params.get("site"))
        found = article_reports.gaps(site) if site else []
        told = {"site": site and site.pk, "days": DAYS, "results": found}
        return Response(GapsJSON(told).data)


class GapSent(serializers.Serializer):
    question = Text(max_length=200, help_text="It becomes the title.")
    site = Key(required=False, help_text="As of `kb/gaps/`.")
    locale = Text(max_length=20, required=False, help_text="The language to write it in.")

    def validate_locale(self, code: str) -> Locale:
        found = Locale.objects.filter(language_code=code).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such language."))
        return found


class DraftOfGap(ReportOfSite):
    serializer_class = GapSent

    @describe(
        operation_id="articles_gaps_draft",
        parameters=[IDEMPOTENCY_KEY],
        request=GapSent,
        responses={201: DraftedJSON},
    )
    @once
    def post(self, request: Request) -> Response:
        """A draft for what people look for and don't find, if you may write there: 403 if not. Nobody sees it yet."""
        sent = self.sent()
        site = self.site(str(sent["site"]) if "site" in sent else None)
        if site is None:
            raise PermissionDenied
        where = article_reports.draft(
            sent["question"], site=site, locale=sent.get("locale"), actor=request.user
        )
        return Response({"url": where}, 201)


class StepsJSON(serializers.Serializer):
    """How many visitors came how far."""

    asked = serializers.IntegerField(help_text="Began to write a request.")
    seen = serializers.IntegerField(help_text="Saw suggestions.")
    read = serializers.IntegerField(help_text="Opened an article.")
    solved = serializers.IntegerField(help_text="Said that it helped, and wrote nothing.")
    sent = serializers.IntegerField(help_text="Sent the request.")
    abandoned = serializers.IntegerField(help_text="Left without a word: nobody knows why.")


class DifferenceJSON(serializers.Serializer):
    """Of a hundred visitors, how many fewer send their request, and the 95 % interval of it."""

    points = serializers.FloatField()
    lower = serializers.FloatField()
    upper = serializers.FloatField()
    is_certain = serializers.BooleanField(help_text="Whether the interval does not hold zero.")


class SuggestionsJSON(serializers.Serializer):
    site = serializers.IntegerField(allow_null=True)
    days = serializers.IntegerField(help_text="How far back the numbers reach.")
    hold_out_percent = serializers.IntegerField(help_text="How many get no suggestions now.")
    shown = StepsJSON(help_text="Of those who get suggestions.")
    held_out = StepsJSON(help_text="Of those who get none, for comparison.")
    difference = DifferenceJSON(allow_null=True, help_text="`null` until there is a comparison.")


class SuggestionsReport(ReportOfSite):
    @describe(
        operation_id="articles_suggestions",
        description=f"Whether suggestions spare requests: how far those came who began to write one. {WHOSE}",
        parameters=[SITE],
        responses={200: SuggestionsJSON},
    )
    def get(self, request: Request) -> Response:
        site = self.site(request.query_params.get("site"))
        found = article_reports.suggestions(site) if site else NOTHING
        told = {name: getattr(found, name) for name in Suggestions.__slots__}
        return Response(SuggestionsJSON(told | {"site": site and site.pk, "days": DAYS}).data)


NOTHING = Suggestions(Steps(), Steps(), None, 0)
