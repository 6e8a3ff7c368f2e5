"""``desk-settings/``: what managers set for each site, by Wagtail's own right to it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.log_actions import log
from wagtail.models import Site

from wagtail_escalated.models import DeskSettings, GuestPolicy
from wagtail_escalated.permissions import sites_with_settings

from . import callers
from .base import DeskView
from .callers import caller_of
from .describing import describe
from .listing import Pages, fields_parameter, selected
from .model_json import AccountField, RowJSON


class DeskSettingsJSON(RowJSON):
    site = serializers.IntegerField(source="site_id", read_only=True)
    host = serializers.CharField(source="site.hostname", read_only=True)
    guest_user = AccountField(
        queryset=get_user_model()._default_manager.none(),
        required=False,
        allow_null=True,
        help_text="The key of the account in whose name visitors' requests are taken on.",
    )

    class Meta:
        model = DeskSettings
        fields = [
            "site",
            "host",
            "name",
            "logo",
            "colour",
            "mail_footer",
            "sender_name",
            "sender_address",
            "guest_policy",
            "guest_user",
            "survey_enabled",
            "survey_delay_hours",
            "keep_closed_days",
            "business_hours",
        ]

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        policy = data.get("guest_policy", self.instance.guest_policy)
        user = data.get("guest_user", self.instance.guest_user)
        if policy == GuestPolicy.USER and user is None:
            message = _("Choose in whose name requests are taken on.")
            raise ValidationError({"guest_user": [message]})
        return data


class MaySetSomething(BasePermission):
    """Those to whom Wagtail gives the settings of some site."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        return caller is not None and sites_with_settings(caller.actor).exists()


class SettingsView(DeskView):
    permission_classes = [callers.HasScope, MaySetSomething]
    writing_scope = "manage"
    serializer_class = DeskSettingsJSON

    def sites(self) -> QuerySet[Site]:
        return sites_with_settings(self.caller.actor).order_by("pk")


class SettingsOfSites(SettingsView):
    pagination_class = Pages

    @describe(
        operation_id="desk_settings_list",
        description="The settings of each site that you may change.",
        parameters=[fields_parameter(DeskSettingsJSON)],
        responses={200: DeskSettingsJSON(many=True)},
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.sites())
        saved = DeskSettings.objects.filter(site__in=page).select_related("site")
        by_site = {row.site_id: row for row in saved}
        rows = [by_site.get(site.pk) or DeskSettings(site=site) for site in page]
        return self.get_paginated_response(
            selected(DeskSettingsJSON(rows, many=True), request).data
        )


class SettingsOfSite(SettingsView):
    def row(self) -> DeskSettings:
        site = self.sites().filter(pk=self.kwargs["pk"]).first()
        if site is None:
            raise Http404
        return DeskSettings.for_site(site)

    @describe(operation_id="desk_settings_retrieve", responses={200: DeskSettingsJSON})
    def get(self, request: Request, pk: int) -> Response:
        """The settings of one site, by the site's key."""
        return Response(DeskSettingsJSON(self.row()).data)

    @describe(
        operation_id="desk_settings_update",
        request=DeskSettingsJSON,
        responses={200: DeskSettingsJSON},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is named of one site's settings."""
        serializer = DeskSettingsJSON(self.row(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        row = serializer.save()
        log(instance=row, action="wagtail.edit", user=self.caller.actor)
        return Response(DeskSettingsJSON(row).data)
