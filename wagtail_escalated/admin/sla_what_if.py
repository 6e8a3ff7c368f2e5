"""What another policy or other hours would have meant, replayed over the tickets of the last ninety days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.panels import Panel
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from wagtail_escalated import tasks
from wagtail_escalated.actions import sla_what_if
from wagtail_escalated.actions.calendars import rules_of
from wagtail_escalated.actions.sla_what_if import PolicyTerms
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.sla_recompute import RecomputableViewSet
from wagtail_escalated.admin.sla_replayed import promises_of, report_of
from wagtail_escalated.admin.sla_week import week_of
from wagtail_escalated.calendars import calendar_from
from wagtail_escalated.models import (
    BusinessHours,
    Metric,
    SLAPolicy,
    SLAReplay,
    Status,
    Ticket,
)
from wagtail_escalated.permissions import tickets_for

PART = "wagtail_escalated/admin/sla_what_if_found.html"
PROGRESS = "wagtail_escalated/admin/progress.js"
LONGEST_KEY = 18


class ReplayView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The worker replays; the page shows how far it is, and its address can be sent to a colleague."""

    model: Any = None
    permission_policy: Any = None
    index_url_name = ""
    edit_url_name = ""
    edit_handler: Any = None
    permission_required = "change"
    header_icon = "history"
    page_title = gettext_lazy("What if")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(scoped.reachable(self, "change"), pk=kwargs["pk"])

    @property
    def back(self) -> str:
        return reverse(self.edit_url_name, args=[self.object.pk])

    def get_page_subtitle(self) -> str:
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        name = self.model._meta.verbose_name_plural
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": name},
            {"url": self.back, "label": self.get_page_subtitle()},
            {"url": "", "label": self.get_page_title()},
        ]

    def edited(self, instance: Any) -> Any:
        """The form of the edit page as it stands there; nothing of it is saved."""
        form_class = self.edit_handler.get_form_class()
        return form_class(self.request.POST, instance=instance, for_user=self.request.user)

    def get_template_names(self) -> list[str]:
        return [PART if "part" in self.request.GET else self.template_name]

    def started(self, replay: SLAReplay) -> HttpResponse:
        tasks.enqueue("replay_sla", replay.pk)
        return redirect(f"{self.request.path}?replay={replay.pk}")

    def replays(self) -> QuerySet[SLAReplay]:
        raise NotImplementedError

    @cached_property
    def replay(self) -> SLAReplay | None:
        asked = self.request.GET.get("replay", "")
        if not asked:
            return None
        if not asked.isdecimal() or len(asked) > LONGEST_KEY:
            raise Http404
        return get_object_or_404(self.replays(), pk=int(asked))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        replay = self.replay
        if replay is not None:
            tasks.wake_replay(replay)
        return super().get_context_data(
            replay=replay,
            found=report_of(replay) if replay else None,
            examples=self._examples(replay) if replay else [],
            days=sla_what_if.DAYS,
            back=self.back,
            media=forms.Media(js=[PROGRESS]),
            **kwargs,
        )

    def _examples(self, replay: SLAReplay) -> list[tuple[Ticket, str, datetime]]:
        """Of the tickets that would be missed alone then, those that this manager may see."""
        visible = tickets_for(self.request.user, "view_internal")
        tickets = visible.in_bulk([pk for pk, _metric, _due in replay.examples])
        return [
            (tickets[pk], str(Metric(metric).label), datetime.fromisoformat(due))
            for pk, metric, due in replay.examples
            if pk in tickets
        ]


class PolicyReplayView(ReplayView):
    template_name = "wagtail_escalated/admin/sla_what_if.html"

    def replays(self) -> QuerySet[SLAReplay]:
        return SLAReplay.objects.filter(policy=self.object, terms__isnull=False)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.edited(self.instance())
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(mistakes=mistakes_of(form)))
        hours = form.cleaned_data["business_hours"]
        replay = sla_what_if.begin(
            self.object, form.terms(), business_hours=hours, actor=request.user
        )
        return self.started(replay)

    def instance(self) -> SLAPolicy:
        """A row of its own, as the form writes into it."""
        return SLAPolicy.objects.get(pk=self.object.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        replay = self.replay
        terms = PolicyTerms.from_json(replay.terms) if replay and replay.terms else None
        return super().get_context_data(
            metrics=list(Metric),
            promises=promises_of(terms) if terms else [],
            pauses=[Status(name).label for name in terms.pause_statuses] if terms else [],
            **kwargs,
        )


class NewPolicyReplayView(PolicyReplayView):
    """Of a policy that was never saved."""

    permission_required = "add"
    add_url_name = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super(ReplayView, self).setup(request, *args, **kwargs)
        self.object = None

    @property
    def back(self) -> str:
        return reverse(self.add_url_name)

    def get_page_subtitle(self) -> str:
        return _("A new policy")

    def instance(self) -> SLAPolicy:
        return SLAPolicy()


class HoursReplayView(ReplayView):
    template_name = "wagtail_escalated/admin/sla_what_if_hours.html"

    def replays(self) -> QuerySet[SLAReplay]:
        return SLAReplay.objects.filter(business_hours=self.object, rules__isnull=False)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.edited(BusinessHours.objects.get(pk=self.object.pk))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(mistakes=mistakes_of(form)))
        rules = rules_of(form.save(commit=False))
        replay = sla_what_if.begin_with_hours(self.object, rules=rules, actor=request.user)
        return self.started(replay)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        replay = self.replay
        calendar = calendar_from(replay.rules) if replay and replay.rules else None
        return super().get_context_data(
            week=week_of(calendar) if calendar else [],
            zone=calendar.time_zone if calendar else "",
            **kwargs,
        )


def mistakes_of(form: Any) -> list[str]:
    """What the form would say, as sentences with the names of their fields."""
    rows = [row for formset in getattr(form, "formsets", {}).values() for row in formset.forms]
    return [
        f"{one.fields[name].label}: {error}" if name in one.fields else str(error)
        for one in [form, *rows]
        for name, errors in one.errors.items()
        for error in errors
    ]


class ReplayPanel(Panel):
    """A button of the form: it asks about what stands there, not about what is saved."""

    def __init__(self, what_if_url_name: str, new_url_name: str = "", **kwargs: Any):
        super().__init__(**kwargs)
        self.what_if_url_name, self.new_url_name = what_if_url_name, new_url_name

    def clone_kwargs(self) -> dict[str, Any]:
        return super().clone_kwargs() | {
            "what_if_url_name": self.what_if_url_name,
            "new_url_name": self.new_url_name,
        }

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_escalated/admin/sla_what_if_panel.html"

        def is_shown(self) -> bool:
            return super().is_shown() and bool(self.instance.pk or self.panel.new_url_name)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            saved = self.instance.pk
            url = (
                reverse(self.panel.what_if_url_name, args=[saved])
                if saved
                else reverse(self.panel.new_url_name)
            )
            return super().get_context_data(parent_context) | {
                "what_if": url,
                "days": sla_what_if.DAYS,
            }


class WhatIfViewSet(RecomputableViewSet):
    """The pages of terms, with the replay among them."""

    replay_view_class: type[ReplayView] = PolicyReplayView

    @property
    def what_if_view(self) -> Callable[..., HttpResponse]:
        return self.construct_view(self.replay_view_class, edit_handler=self._edit_handler)

    def get_urlpatterns(self) -> list[Any]:
        what_if = path("what-if/<int:pk>/", self.what_if_view, name="what_if")
        return [*super().get_urlpatterns(), what_if]
