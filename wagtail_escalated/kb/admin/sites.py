"""Which site a report is about: the one that is asked for, else the one it is read on."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Site

from ..navigation import below
from .report import EDITING, policy


class OfOneSite(WagtailAdminTemplateMixin):
    """A page for who may edit pages. ``?site=`` is the key of one with pages of theirs."""

    _show_breadcrumbs = True

    def dispatch(self, request, *args, **kwargs):
        if not policy.user_has_any_permission(request.user, EDITING):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_site(self, sites: list[Site]) -> Site | None:
        asked = self.request.GET.get("site", "")
        here = Site.find_for_request(self.request)
        wanted = [asked, str(here.pk) if here else ""]
        by_key = {str(site.pk): site for site in sites}
        found = next((by_key[key] for key in wanted if key in by_key), None)
        return found or next(iter(sites), None)

    def get_context_data(self, **kwargs):
        sites = editable_sites(self.request.user)
        return super().get_context_data(sites=sites, site=self.get_site(sites), **kwargs)


def editable_sites(user) -> list[Site]:
    """Those with pages that this user may edit; the default one first."""
    pages = policy.instances_user_has_any_permission_for(user, EDITING)
    every = Site.objects.order_by("-is_default_site", "hostname")
    return [site for site in every if pages.filter(below(site)).exists()]
