"""A help centre that is translated with Wagtail's own simple translation, and by hand."""

import re

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Locale
from wagtail.rich_text import RichText
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from tests.factories import make_user
from tests.kb import trees
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("wagtail.contrib.simple_translation"),
        reason="wagtail-localize stands in its place",
    ),
]


@pytest.fixture(autouse=True)
def below_their_codes(settings):
    settings.ROOT_URLCONF = "tests.kb.urls_by_language"


@pytest.fixture
def german():
    return Locale.objects.get_or_create(language_code="de")[0]


@pytest.fixture
def hours():
    shelf = trees.category(trees.knowledge_base(), "Orders")
    return trees.article(shelf, "Opening hours", "We open at nine.")


@pytest.fixture
def refund(hours):
    body = [
        ("text", RichText("<p>Send the parcel back.</p>")),
        ("related", {"title": "", "pages": [hours]}),
    ]
    return trees.article(hours.get_parent(), "Get a refund", slug="refund", body=body)


@pytest.fixture
def editor(client):
    client.force_login(make_user("edda", is_superuser=True, is_staff=True))
    return client


def translate(editor, page, locale, **more):
    """Chooses *Translate this page* of Wagtail's own app."""
    url = reverse("simple_translation:submit_page_translation", args=[page.pk])
    assert editor.post(url, {"locales": [locale.pk], **more}).status_code == 302


def write(editor, page, title, slug, text):
    """Types a translation into Wagtail's editor, and publishes."""
    form = {
        "title": title,
        "slug": slug,
        "body": streamfield([("text", rich_text(f"<p>{text}</p>"))]),
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "action-publish": "yes",
    }
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answer = editor.post(url, nested_form_data(form))
    assert answer.status_code == 302, answer.context["form"].errors


def publish(page):
    page.specific.save_revision().publish()


def found(client, language, query):
    page = client.get(f"/{language}/help/", {"q": query}).content.decode()
    results = re.findall(r'<h2 lang="([\w-]+)"><a[^>]*>(.*?)</a></h2>(.*?)</li>', page, re.DOTALL)
    return [
        (code, re.sub("<[^>]+>", "", title), "Not yet in your language" in rest)
        for code, title, rest in results
    ]


@pytest.fixture
def translated(editor, refund, german):
    """All of it in German, nothing of it written yet."""
    translate(editor, trees.site().root_page, german, include_subtree="on")
    shelf = refund.get_parent()
    for page in (trees.site().root_page, shelf.get_parent(), shelf):
        publish(page.get_translation(german))
    return refund.get_translation(german)


def test_a_translation_is_found_by_its_words_and_hides_the_original(client, editor, translated):
    assert found(client, "de", "refunds") == [("en", "Get a refund", True)]
    write(editor, translated, "Rückerstattung", "erstattung", "Die Pakete zurückschicken.")
    for query in ("Paket", "ruckerstattungen"):
        assert found(client, "de", query) == [("de", "Rückerstattung", False)]
    assert found(client, "en", "refunds") == [("en", "Get a refund", False)]
    assert found(client, "de", "opening hours") == [("en", "Opening hours", True)]


def test_a_copy_that_was_published_untouched_is_no_article_of_its_language(client, translated):
    publish(translated)
    assert found(client, "de", "refunds") == [("en", "Get a refund", True)]
    page = client.get("/de/help/orders/refund/").content.decode()
    assert '<h1 lang="en" dir="ltr">Get a refund</h1>' in page
    assert "Not yet in your language" in page
    assert "hreflang" not in page
    assert "hreflang" not in client.get("/en/help/orders/refund/").content.decode()


def test_an_alias_is_none_either_and_says_which_language_its_words_are_in(client, refund, german):
    refund.copy_for_translation(german, copy_parents=True, alias=True)
    assert found(client, "de", "refunds") == [("en", "Get a refund", True)]
    page = client.get("/de/help/orders/refund/").content.decode()
    assert '<h1 lang="en" dir="ltr">Get a refund</h1>' in page
    assert "Not yet in your language" in page
    shelf = client.get("/de/help/").content.decode()
    assert '<li lang="en" dir="ltr"><a href="/de/help/orders/refund/">' in shelf
    assert "Not yet in your language" not in client.get(refund.url).content.decode()


def test_the_same_words_for_readers_of_one_language_are_theirs(client, refund, settings):
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("en-gb", "UK")]
    british = Locale.objects.create(language_code="en-gb")
    refund.copy_for_translation(british, copy_parents=True, alias=True)
    assert found(client, "en-gb", "refunds") == [("en-gb", "Get a refund", False)]


def test_the_widget_marks_what_is_not_in_the_visitors_language(client, translated):
    WidgetSettings.for_site(trees.site())
    marked = {"lang": "en", "note": "Not yet in your language"}
    for query in ("refunds", ""):  # a question, and what is read most
        asked = client.get("/support/widget/articles", {"q": query, "locale": "de"}).json()
        assert asked["results"] and all(hit.items() >= marked.items() for hit in asked["results"])
        cache.clear()
        asked = client.get("/support/widget/articles", {"q": query, "locale": "en"}).json()
        assert asked["results"] and not any("lang" in hit for hit in asked["results"])
        cache.clear()


def test_related_articles_of_a_german_article_are_the_german_ones(
    client, translated, hours, german
):
    publish(translated)
    assert hours.url in related(client)
    own = hours.get_translation(german)
    own.title = "Öffnungszeiten"
    publish(own)
    assert f'<li><a href="{own.url}">Öffnungszeiten</a></li>' in related(client)


def related(client):
    page = client.get("/de/help/orders/refund/").content.decode()
    return page.split('"esc-kb-related"')[1].split("</section>")[0]


def test_aliases_cost_a_list_no_query_each(client, refund, german, django_assert_max_num_queries):
    refund.copy_for_translation(german, copy_parents=True, alias=True)
    client.get("/de/help/orders/")
    with CaptureQueriesContext(connection) as few:
        client.get("/de/help/orders/")
    for number in range(8):
        page = trees.article(refund.get_parent().specific, f"Refund {number}")
        page.copy_for_translation(german, alias=True)
    with django_assert_max_num_queries(len(few)):
        client.get("/de/help/orders/")
