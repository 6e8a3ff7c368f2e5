"""What is read most stands in the widget before anything was asked, as far as anybody may read it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from wagtail.models import PageViewRestriction

from tests.kb.trees import article, category, german_root, knowledge_base, publish, site
from wagtail_escalated.kb.models import ArticleDay, ArticlePage, KnowledgeBaseIndexPage
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    WidgetSettings.for_site(site())
    return category(knowledge_base())


def read(page, views, days_ago=1):
    day = timezone.now().date() - timedelta(days=days_ago)
    ArticleDay.objects.create(page=page, day=day, source="page", views=views)


def shown(client, locale="en"):
    cache.clear()  # it is remembered for some seconds
    hits = client.get("/support/widget/articles", {"q": "", "locale": locale}).json()["results"]
    return [hit["title"] for hit in hits]


def test_the_most_read_of_late_come_first_and_then_those_of_the_tree(client, shelf):
    first, second, third, fourth = (article(shelf, name) for name in ("A", "B", "C", "D"))
    assert shown(client) == ["A", "B", "C", "D"]
    read(third, 5)
    read(second, 3)
    read(second, 3, days_ago=2)
    read(fourth, 100, days_ago=91)
    assert shown(client) == ["B", "C", "A", "D"]


def test_what_not_everybody_may_read_is_not_named(client, shelf):
    open_one, restricted, gone = (article(shelf, name) for name in ("A", "B", "C"))
    read(restricted, 9)
    read(gone, 9)
    PageViewRestriction.objects.create(page=restricted, restriction_type="login")
    gone.expire_at = timezone.now() - timedelta(hours=1)
    gone.save()
    article(shelf, "Draft", live=False)
    assert shown(client) == ["A"]


def test_readers_of_another_language_get_theirs_or_else_the_sites_own(client, shelf):
    article(shelf, "Refund")
    assert shown(client, "de") == ["Refund"]
    index = publish(KnowledgeBaseIndexPage(title="Hilfe", slug="hilfe"), under=german_root())
    article(index, "Rückgabe", locale=index.locale)
    assert shown(client, "de") == ["Rückgabe"]
    assert shown(client, "en") == ["Refund"]


def test_it_takes_as_many_queries_for_twenty_articles_as_for_two(
    client, shelf, django_assert_max_num_queries
):
    for number in range(20):
        article(shelf, f"Article {number}")
        if number in (1, 19):
            shown(client)
            cache.clear()
            with django_assert_max_num_queries(15):
                client.get("/support/widget/articles", {"q": ""})
    assert len(shown(client)) == 6
    assert ArticlePage.objects.count() == 20
