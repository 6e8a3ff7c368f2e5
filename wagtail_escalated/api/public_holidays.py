"""``public-holidays/``: a country's days off, looked at first and then taken over into business hours. For managers."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import public_holidays as library
from wagtail_escalated.actions.public_holidays import PublicHoliday

from . import callers
from .base import DeskView
from .business_hours import Hours
from .describing import describe
from .fields import Text

MOST_YEARS, LONGEST_CODE = 5, 10
COUNTRY = OpenApiParameter(
    "country", {"type": "string", "maxLength": LONGEST_CODE}, OpenApiParameter.PATH
)


class NamedJSON(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class CountriesJSON(serializers.Serializer):
    results = NamedJSON(many=True)


class DayOffJSON(serializers.Serializer):
    date = serializers.DateField()
    name = serializers.CharField()


class DaysOffJSON(serializers.Serializer):
    regions = NamedJSON(many=True, help_text="Of the country; some have days of their own.")
    holidays = DayOffJSON(many=True)


class Wanted(serializers.Serializer):
    region = Text(
        max_length=LONGEST_CODE, required=False, allow_blank=True, default="", help_text="Its code."
    )
    years = serializers.IntegerField(
        min_value=1, max_value=MOST_YEARS, required=False, default=2, help_text="From this one on."
    )


class TakeOverSent(Wanted):
    country = Text(max_length=LONGEST_CODE, help_text="Its code, such as `DE`.")
    dates = serializers.ListField(
        child=serializers.DateField(),
        required=False,
        max_length=1000,
        help_text="These of them alone.",
    )


class TakenOverJSON(serializers.Serializer):
    added = serializers.IntegerField(help_text="Days that have hours of their own are left alone.")


class ManagersView(DeskView):
    permission_classes = [callers.HasScope, callers.Manages]


class Countries(ManagersView):
    @describe(operation_id="public_holidays_countries", responses={200: CountriesJSON})
    def get(self, request: Request) -> Response:
        """The countries whose public holidays are known. For managers alone."""
        return Response({"results": _named(library.countries())})


class DaysOff(ManagersView):
    @describe(
        operation_id="public_holidays",
        parameters=[
            COUNTRY,
            OpenApiParameter("region", {"type": "string", "maxLength": LONGEST_CODE}),
            OpenApiParameter("years", {"type": "integer", "minimum": 1, "maximum": MOST_YEARS}),
        ],
        responses={200: DaysOffJSON},
    )
    def get(self, request: Request, country: str) -> Response:
        """The public holidays of a country or of one of its regions, this year's and the next's. For managers alone."""
        if country not in dict(library.countries()):
            raise Http404
        asked = Wanted(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = _holidays(country, asked.validated_data)
        told = {"regions": _named(library.regions(country)), "holidays": found}
        return Response(DaysOffJSON(told).data)


class TakeOver(Hours):
    permission_classes = [callers.HasScope, callers.Manages]
    pagination_class = None
    serializer_class = TakeOverSent

    @describe(
        operation_id="business_hours_public_holidays",
        description="Close these hours on a country's public holidays, or on some of them.",
        request=TakeOverSent,
        responses={200: TakenOverJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        hours, sent = self.row(), self.sent()
        if sent["country"] not in dict(library.countries()):
            raise serializers.ValidationError({"country": [_("There is no such country.")]})
        days = _holidays(sent["country"], sent)
        if "dates" in sent:
            days = [day for day in days if day.date in sent["dates"]]
        return Response({"added": library.take_over(hours, days)})


def _holidays(country: str, wanted: dict[str, Any]) -> list[PublicHoliday]:
    region = wanted["region"]
    if region and region not in dict(library.regions(country)):
        raise serializers.ValidationError({"region": [_("There is no such region.")]})
    first = timezone.localdate().year
    return library.public_holidays(country, region, range(first, first + wanted["years"]))


def _named(rows: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in rows]
