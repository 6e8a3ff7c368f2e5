"""Changed terms and the promises that run: which deadlines would move, and a button that moves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from wagtail_escalated import tasks
from wagtail_escalated.actions.sla_terms import Move, moves, tickets_under
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.reports.tables import duration_text
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.batches import batch
from wagtail_escalated.permissions import tickets_for

#: So many tickets are looked at for one page of the preview.
SHOWN = 50


class RecomputeView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Of a policy or of business hours. What runs keeps its terms until somebody asks for this."""

    model: Any = None
    permission_policy: Any = None
    index_url_name = ""
    edit_url_name = ""
    permission_required = "change"
    template_name = "wagtail_escalated/admin/sla_recompute.html"
    header_icon = "rotate"
    page_title = gettext_lazy("Apply to open tickets")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(scoped.reachable(self, "change"), pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        name = self.model._meta.verbose_name_plural
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": name},
            {"url": reverse(self.edit_url_name, args=[self.object.pk]), "label": str(self.object)},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tickets = tickets_under(self.object)
        visible = tickets_for(self.request.user, "view_internal").values("pk")
        page = Paginator(tickets.filter(pk__in=visible), SHOWN).get_page(self.request.GET.get("p"))
        return super().get_context_data(
            count=tickets.count(),
            page=page,
            moves=self._moves(page.object_list),
            back=reverse(self.edit_url_name, args=[self.object.pk]),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tasks.enqueue("recompute_sla", self.model._meta.model_name, self.object.pk)
        messages.success(request, _("The deadlines of open tickets are being counted anew."))
        return redirect(self.edit_url_name, self.object.pk)

    def _moves(self, tickets: Any) -> list[tuple[Move, str, bool]]:
        """Each with how far it moves, and whether it would be missed at once."""
        now = timezone.now()
        with batch():
            found = [move for ticket in tickets for move in moves(ticket, now=now)]
        return [(move, _by(move), move.after is not None and move.after < now) for move in found]


def _by(move: Move) -> str:
    if move.before is None or move.after is None:
        return ""
    by = {"span": duration_text(abs(move.after - move.before))}
    if move.after > move.before:
        return _("%(span)s later") % by
    return _("%(span)s earlier") % by


class RecomputableEditView(scoped.EditView):
    """An edit page with a way to the preview."""

    recompute_url_name = ""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        url = reverse(self.recompute_url_name, args=[self.object.pk])
        button = Button(_("Apply to open tickets"), url=url, icon_name="rotate", priority=15)
        return [*super().header_more_buttons, button]


class RecomputableViewSet(DeskViewSet):
    """Terms that running promises keep until they are applied to them."""

    edit_view_class = RecomputableEditView

    @property
    def recompute_view(self) -> Callable[..., HttpResponse]:
        return self.construct_view(RecomputeView)

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        url_name = self.get_url_name("recompute")
        return super().get_edit_view_kwargs(recompute_url_name=url_name, **kwargs)

    def get_urlpatterns(self) -> list[Any]:
        recompute = path("recompute/<int:pk>/", self.recompute_view, name="recompute")
        return [*super().get_urlpatterns(), recompute]
