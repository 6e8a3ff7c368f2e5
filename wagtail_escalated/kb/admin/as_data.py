"""The reports' figures without their pages: the knowledge base's side of ``wagtail_escalated.article_reports``."""

from __future__ import annotations

from wagtail_escalated.article_reports import Gap, Suggestions
from wagtail_escalated.permissions import ACCESS_ADMIN

from ..drafts import draft_from_search
from ..models.settings import KnowledgeBaseSettings
from . import figures
from .deflection import difference, steps_of
from .gaps import gaps
from .report import EDITING, policy
from .sites import editable_sites


class Reports:
    def may_read(self, user) -> bool:
        """Whether the admin's pages open to this user."""
        enters = user.is_active and user.has_perm(ACCESS_ADMIN)
        return enters and policy.user_has_any_permission(user, EDITING)

    def sites(self, user) -> list:
        return editable_sites(user)

    def gaps(self, site) -> list[Gap]:
        return [
            Gap(
                questions=tuple(gap.questions),
                locale=gap.language,
                searches=gap.searches,
                without_result=gap.without_result,
                clicks=gap.clicks,
                tickets=gap.tickets,
            )
            for gap in gaps(site, start=figures.since())
        ]

    def suggestions(self, site) -> Suggestions:
        shown, held = steps_of(site, start=figures.since())
        percent = KnowledgeBaseSettings.of(site).hold_out_percent
        return Suggestions(shown, held, difference(shown, held), percent)

    def draft(self, question, *, site, locale, actor) -> str:
        return draft_from_search(site, question, actor=actor, locale=locale)


reports = Reports()
