"""Pages and clicks of editors, beside Wagtail's own."""

from __future__ import annotations

from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.models import Locale, Site

from .. import drafts
from . import figures, gaps
from .sites import OfOneSite


class GapsView(OfOneSite, TemplateView):
    page_title = gettext_lazy("Searches without an answer")
    header_icon = "search"
    template_name = "wagtail_escalated_kb/admin/gaps.html"

    def get_breadcrumbs_items(self):
        reports = {"url": reverse_lazy("escalated_kb_articles_report"), "label": _("Articles")}
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, reports, here]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(days=figures.DAYS, **kwargs)
        site = context["site"]
        return {**context, "gaps": gaps.gaps(site, start=figures.since()) if site else []}


@require_POST
def draft_from_search(request):
    """One click: a draft with the question as its title, where the help centre stands."""
    query = request.POST.get("query", "").strip()[:200]
    site = Site.objects.filter(pk=_number(request.POST.get("site"))).first()
    locale = Locale.objects.filter(pk=_number(request.POST.get("locale"))).first()
    if not query or site is None:
        messages.error(request, _("There is nothing to write about."))
        return redirect("escalated_kb_gaps")
    where = drafts.draft_from_search(site, query, actor=request.user, locale=locale)
    messages.success(request, _("A draft was made. Nobody sees it before you publish it."))
    return redirect(where)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else None
