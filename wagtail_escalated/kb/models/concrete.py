"""The page types an editor gets without writing a line of Python."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import ObjectList, TabbedInterface
from wagtail.models import Page

from ..admin.panels import ReadersPanel
from .bases import ArticleMixin, CategoryMixin, IndexMixin

CATEGORY, ARTICLE = "wagtail_escalated_kb.CategoryPage", "wagtail_escalated_kb.ArticlePage"
INDEX = "wagtail_escalated_kb.KnowledgeBaseIndexPage"


class KnowledgeBaseIndexPage(IndexMixin, Page):
    template = "wagtail_escalated_kb/index_page.html"
    subpage_types = [CATEGORY, ARTICLE]
    content_panels = [*Page.content_panels, *IndexMixin.kb_panels]
    page_description = _("The root of a help centre, with its search.")

    class Meta:
        verbose_name = _("knowledge base")
        verbose_name_plural = _("knowledge bases")


class CategoryPage(CategoryMixin, Page):
    template = "wagtail_escalated_kb/category_page.html"
    parent_page_types = [INDEX, CATEGORY]
    subpage_types = [CATEGORY, ARTICLE]
    content_panels = [*Page.content_panels, *CategoryMixin.kb_panels]
    page_description = _("A group of articles about one subject.")

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")


class ArticlePage(ArticleMixin, Page):
    template = "wagtail_escalated_kb/article_page.html"
    parent_page_types = [INDEX, CATEGORY]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *ArticleMixin.kb_panels]
    promote_panels = [*Page.promote_panels, *ArticleMixin.kb_care_panels]
    search_fields = [*Page.search_fields, *ArticleMixin.kb_search_fields]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading=_("Content")),
            ObjectList(promote_panels, heading=_("Promote")),
            ObjectList([ReadersPanel()], heading=_("Readers")),
            ObjectList(Page.settings_panels, heading=_("Settings")),
        ]
    )
    page_description = _("The answer to one question.")

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
