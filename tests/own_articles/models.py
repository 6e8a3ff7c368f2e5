"""A help centre whose pages are the site's own classes, with its own blocks and templates."""

from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from wagtail_escalated.kb.models import ArticleMixin, IndexMixin


class HelpIndex(IndexMixin, Page):
    template = "wagtail_escalated_kb/index_page.html"
    subpage_types = ["own_articles.HelpArticle"]
    content_panels = [*Page.content_panels, *IndexMixin.kb_panels]


class HelpArticle(ArticleMixin, Page):
    template = "own_articles/help_article.html"
    parent_page_types = ["own_articles.HelpIndex"]
    product = models.CharField(max_length=40, default="Coffee")
    body = StreamField(
        [("paragraph", blocks.RichTextBlock()), ("warning", blocks.CharBlock())], blank=True
    )
    content_panels = [*Page.content_panels, *ArticleMixin.kb_panels, FieldPanel("product")]
    search_fields = [*Page.search_fields, *ArticleMixin.kb_search_fields]
