"""What makes a page part of a knowledge base. A site may put these on page classes of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.search import index

from .. import head, serving, structured_data
from ..blocks import ArticleBlocks
from ..localize import following_the_original
from ..search.keys import keys_of_page


class KnowledgeBasePageMixin(models.Model):
    """The switches, private sections and the head of the page, for all three kinds."""

    #: The template all pages of the knowledge base extend.
    base_template = None

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        return serving.refusal(self, request) or super().serve(request, *args, **kwargs)

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, **serving.common_context(self, request)}

    def get_view_restrictions(self):
        """An alias is as private as its source, whatever made the source private."""
        own = super().get_view_restrictions()
        return own | self.alias_of.specific.get_view_restrictions() if self.alias_of_id else own

    def get_sitemap_urls(self, request=None):
        return super().get_sitemap_urls(request) if serving.in_sitemap(self, request) else []

    def get_preview_image(self):
        """The Wagtail image that stands for the page where it is shared, or nothing."""
        return None


class IndexMixin(KnowledgeBasePageMixin):
    """The root of a knowledge base: its search and its categories."""

    intro = models.TextField(_("introduction"), blank=True, max_length=500)

    kb_panels = [FieldPanel("intro")]

    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, **serving.index_context(self, request)}


class CategoryMixin(KnowledgeBasePageMixin):
    """A shelf for articles and further categories."""

    description = models.TextField(_("description"), blank=True, max_length=300)

    kb_panels = [FieldPanel("description")]

    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, **serving.category_context(self, request)}


class ArticleMixin(KnowledgeBasePageMixin):
    """An answer. `search_keys` is how Wagtail's index finds it, see `search.keys`."""

    summary = models.TextField(
        _("summary"),
        blank=True,
        max_length=300,
        help_text=_("One or two sentences: shown in results, and by search engines."),
    )
    other_words = models.TextField(
        _("other words for it"),
        blank=True,
        max_length=1000,
        help_text=_("What people call this who don't know our words for it. One a line."),
    )
    body = StreamField(ArticleBlocks(), verbose_name=_("body"), blank=True)
    review_on = models.DateField(
        _("review on"), null=True, blank=True, help_text=_("When it should be read again.")
    )
    maintainer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("looked after by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    kb_panels = [FieldPanel("summary"), FieldPanel("other_words"), FieldPanel("body")]
    kb_care_panels = [
        MultiFieldPanel([FieldPanel("review_on"), FieldPanel("maintainer")], heading=_("Care"))
    ]
    override_translatable_fields = following_the_original("maintainer", "review_on")
    kb_search_fields = [
        index.SearchField("summary", boost=2),
        index.AutocompleteField("summary"),
        index.SearchField("other_words", boost=2),
        index.SearchField("body"),
        index.SearchField("search_keys"),
        index.FilterField("review_on"),
        index.FilterField("url_path"),
    ]

    class Meta:
        abstract = True

    def search_keys(self) -> str:
        return keys_of_page(self)

    def serve(self, request, *args, **kwargs):
        if request.method == "POST":
            return serving.refusal(self, request) or serving.take_feedback(self, request)
        response = super().serve(request, *args, **kwargs)
        serving.count_view(self, request, response)
        return response

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        return {**context, **serving.article_context(self, request)}

    def get_preview_image(self):
        return head.first_image(self.body)

    def get_structured_data(self, request) -> list[dict]:
        return structured_data.of_article(self, request)
