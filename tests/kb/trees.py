"""A help centre to test with, made as an editor makes it: by publishing pages."""

from wagtail.models import Locale, Site
from wagtail.rich_text import RichText

from wagtail_escalated.kb.models import ArticlePage, CategoryPage, KnowledgeBaseIndexPage


def site():
    return Site.objects.get(is_default_site=True)


def knowledge_base(title="Help", under=None, **fields):
    page = KnowledgeBaseIndexPage(title=title, slug=fields.pop("slug", "help"), **fields)
    return publish(page, under=under or site().root_page)


def category(under, title="Orders", **fields):
    return publish(CategoryPage(title=title, **fields), under=under)


def article(under, title="Get a refund", text="", *, live=True, **fields):
    if text:
        fields.setdefault("body", [("text", RichText(f"<p>{text}</p>"))])
    page = ArticlePage(title=title, live=False, **fields)
    return publish(page, under=under) if live else draft(page, under=under)


def draft(page, *, under):
    under.add_child(instance=page)
    page.save_revision()
    return page


def publish(page, *, under):
    page.live = False
    draft(page, under=under)
    page.get_latest_revision().publish()
    page.refresh_from_db()
    return page


def german_root():
    """The site's root in a second language."""
    locale, _ = Locale.objects.get_or_create(language_code="de")
    root = site().root_page
    existing = root.get_translation_or_none(locale)
    return existing or root.copy_for_translation(locale, copy_parents=True)
