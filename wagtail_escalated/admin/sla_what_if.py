"""What a policy would have meant: other targets and hours, replayed over its tickets of the last ninety days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from wagtail_escalated import tasks
from wagtail_escalated.actions import sla_what_if
from wagtail_escalated.actions.sla_what_if import Tally
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.sla_recompute import RecomputableEditView, RecomputableViewSet
from wagtail_escalated.admin.sla_targets import cell_fields, cells, names_of, target_rows
from wagtail_escalated.models import BusinessHours, Metric, Priority, SLAPolicy, SLAReplay

PART = "wagtail_escalated/admin/sla_what_if_found.html"
PROGRESS = "wagtail_escalated/admin/progress.js"
#: A replay that nobody worked on for so long is queued again.
PATIENCE = timedelta(minutes=1)
LONGEST_KEY = 18


class WhatIfForm(type("TargetFields", (forms.Form,), cell_fields())):
    business_hours = forms.ModelChoiceField(
        label=gettext_lazy("Business hours"),
        queryset=BusinessHours.objects.all(),
        required=False,
        empty_label=gettext_lazy("around the clock"),
    )

    def targets(self) -> Iterator[tuple[int, str, int, bool]]:
        """What the valid form would promise: priority, metric, minutes, in business hours."""
        for priority, metric in cells():
            minutes, business = (self.cleaned_data[name] for name in names_of(priority, metric))
            if minutes:
                yield priority.value, metric.value, minutes, business


def initial_of(policy: SLAPolicy) -> dict[str, Any]:
    """The policy as it is, as a beginning."""
    initial: dict[str, Any] = {"business_hours": policy.business_hours_id}
    for target in policy.targets.all():
        minutes, business = names_of(Priority(target.priority), Metric(target.metric))
        initial |= {minutes: target.minutes, business: target.business_time}
    return initial


def initial_of_replay(replay: SLAReplay) -> dict[str, Any]:
    """What was asked, to be asked with a change again."""
    initial: dict[str, Any] = {"business_hours": replay.business_hours_id}
    for priority, metric, minutes, in_business_hours in replay.targets:
        names = names_of(Priority(priority), Metric(metric))
        initial |= dict(zip(names, (minutes, in_business_hours), strict=True))
    return initial


class WhatIfView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The worker replays; the page shows how far it is, and its address can be sent to a colleague."""

    model: Any = None
    permission_policy: Any = None
    index_url_name = ""
    edit_url_name = ""
    permission_required = "change"
    template_name = "wagtail_escalated/admin/sla_what_if.html"
    header_icon = "history"
    page_title = gettext_lazy("What if")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.policy = get_object_or_404(scoped.reachable(self, "change"), pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return str(self.policy)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": _("SLA policies")},
            {"url": reverse(self.edit_url_name, args=[self.policy.pk]), "label": str(self.policy)},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_template_names(self) -> list[str]:
        return [PART if "part" in self.request.GET else self.template_name]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = WhatIfForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        replay = sla_what_if.begin(
            self.policy,
            targets=form.targets(),
            business_hours=form.cleaned_data["business_hours"],
            actor=request.user,
        )
        tasks.enqueue("replay_sla", replay.pk)
        return redirect(f"{request.path}?replay={replay.pk}")

    @cached_property
    def replay(self) -> SLAReplay | None:
        asked = self.request.GET.get("replay", "")
        if not asked:
            return None
        if not asked.isdecimal() or len(asked) > LONGEST_KEY:
            raise Http404
        return get_object_or_404(SLAReplay, pk=int(asked), policy=self.policy)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        replay = self.replay
        if replay is not None:
            kwargs.setdefault("form", WhatIfForm(initial=initial_of_replay(replay)))
            _wake(replay)
        form = kwargs.setdefault("form", WhatIfForm(initial=initial_of(self.policy)))
        return super().get_context_data(
            metrics=list(Metric),
            rows=target_rows(form),
            replay=replay,
            lines=_lines(replay) if replay else [],
            days=sla_what_if.DAYS,
            back=reverse(self.edit_url_name, args=[self.policy.pk]),
            media=forms.Media(js=[PROGRESS]),
            **kwargs,
        )


def _wake(replay: SLAReplay) -> None:
    """A worker that died, or a broker that lost the task: who looks sets it going again."""
    if replay.finished_at is None and replay.touched_at < timezone.now() - PATIENCE:
        tasks.enqueue("replay_sla", replay.pk, replay.behind)


def _lines(replay: SLAReplay) -> list[tuple[str, str, str, Tally]]:
    """Department, priority, promise, tally: the highest priority of each department first."""
    found = sla_what_if.tallies_of(replay)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[0][1], item[0][2]))
    return [
        (department, str(Priority(priority).label), str(Metric(metric).label), tally)
        for (department, priority, metric), tally in ordered
    ]


class WhatIfEditView(RecomputableEditView):
    what_if_url_name = ""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        url = reverse(self.what_if_url_name, args=[self.object.pk])
        button = Button(_("What if"), url=url, icon_name="history", priority=14)
        return [*super().header_more_buttons, button]


class WhatIfViewSet(RecomputableViewSet):
    """A policy's pages, with the replay among them."""

    edit_view_class = WhatIfEditView

    @property
    def what_if_view(self) -> Callable[..., HttpResponse]:
        return self.construct_view(WhatIfView)

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        url_name = self.get_url_name("what_if")
        return super().get_edit_view_kwargs(what_if_url_name=url_name, **kwargs)

    def get_urlpatterns(self) -> list[Any]:
        what_if = path("what-if/<int:pk>/", self.what_if_view, name="what_if")
        return [*super().get_urlpatterns(), what_if]
