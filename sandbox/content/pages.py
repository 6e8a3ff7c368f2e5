"""The pages of Fernhill Coffee: a home page and a help centre."""

from django.contrib.auth.models import Group
from django.utils.text import slugify
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.rich_text import RichText

from sandbox.content.articles import CATEGORIES
from sandbox.home.models import HomePage
from wagtail_escalated.kb.models import ArticlePage, CategoryPage, KnowledgeBaseIndexPage

STAFF = "Support agents"


def write_pages() -> None:
    home = _home_page()
    index = home.add_child(
        instance=KnowledgeBaseIndexPage(
            title="Help centre",
            slug="help",
            intro="Answers to what people ask us most, from parcels to stuck burrs.",
        )
    )
    for title, description, articles in CATEGORIES:
        category = index.add_child(instance=CategoryPage(title=title, description=description))
        for article in articles:
            _write_article(category, *article)


def _home_page() -> HomePage:
    root = Page.get_first_root_node()
    for page in root.get_children():
        page.delete()
    home = root.add_child(
        instance=HomePage(
            title="Good coffee, and somebody who answers",
            slug="home",
            intro="A small roastery that posts fresh beans and repairs what grinds them.",
            locale=Locale.get_default(),
        )
    )
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "hostname": "127.0.0.1",
            "port": 8000,
            "root_page": home,
            "site_name": "Fernhill Coffee",
        },
    )
    return home


def _write_article(category, title, summary, other_words, private, blocks) -> None:
    article = category.add_child(
        instance=ArticlePage(
            title=title,
            slug=slugify(title),
            summary=summary,
            other_words=other_words,
            body=[_block(kind, value) for kind, value in blocks],
        )
    )
    article.save_revision().publish()
    if private:
        restriction = PageViewRestriction.objects.create(
            page=article, restriction_type=PageViewRestriction.GROUPS
        )
        restriction.groups.add(Group.objects.get(name=STAFF))


def _block(kind, value):
    if kind == "text":
        return ("text", RichText(value))
    if kind == "callout":
        return ("callout", {"kind": value[0], "text": RichText(value[1])})
    steps = [{"title": _plain(step), "text": RichText(""), "image": None} for step in value]
    return ("steps", {"title": "", "steps": steps})


def _plain(step: str) -> str:
    return step.replace("<b>", "").replace("</b>", "")
