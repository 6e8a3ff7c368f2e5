"""A help centre that is translated with wagtail-localize: ``--ds=tests.settings_localize``."""

import html
import json
import re
from datetime import date
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import Locale

from tests.factories import make_user
from tests.kb import every_block, trees
from tests.kb.every_block import GERMAN, OTHER_WORDS
from wagtail_escalated.widget.models import WidgetSettings

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("wagtail_localize"), reason="--ds=tests.settings_localize"
    ),
]


@pytest.fixture
def german():
    WidgetSettings.for_site(trees.site())
    return Locale.objects.get_or_create(language_code="de")[0]


@pytest.fixture
def hours(german):
    shelf = trees.category(trees.knowledge_base(), "Orders")
    return trees.article(shelf, "Opening hours", "We open at nine.")


@pytest.fixture
def refund(hours):
    return every_block.article(hours.get_parent().specific, related=hours)


class Editor:
    """Who clicks in Wagtail's admin."""

    def __init__(self, client, committed):
        self.client, self.committed = client, committed
        client.force_login(make_user("edda", is_superuser=True, is_staff=True))

    def post(self, url, data):
        with self.committed(execute=True):
            answer = self.client.post(url, data)
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def translate(self, page, locale, **more):
        """Chooses *Translate this page*; the address of the translation's editor."""
        url = reverse("wagtail_localize:submit_page_translation", args=[page.pk])
        return self.post(url, {"locales": [locale.pk], **more})

    def look_at(self, url):
        """What the translation's editor shows: its segments and the addresses it sends them to."""
        page = self.client.get(url).content.decode()
        found = re.search(r'js-translation-editor" data-props="([^"]+)"', page)
        return json.loads(html.unescape(found[1]))

    def write(self, url, words):
        """Fills in the strings of `words`, and publishes."""
        for segment in self.look_at(url)["segments"]:
            if segment["type"] == "string" and segment["source"] in words:
                self.put(segment["editUrl"], value=words[segment["source"]])
        self.post(url, {"action": "publish"})

    def put(self, url, **form):
        kind = "application/x-www-form-urlencoded"
        answer = self.client.put(url, urlencode(form), content_type=kind)
        assert answer.status_code in (200, 201), answer.content.decode()

    def synchronise(self, page, locale):
        """Chooses *Sync translated pages*, published at once."""
        from wagtail_localize.models import TranslationSource

        source = TranslationSource.objects.get_for_instance(page)
        url = reverse("wagtail_localize:update_translations", args=[source.pk])
        self.post(url, {"publish_translations": "on"})


@pytest.fixture
def editor(client, django_capture_on_commit_callbacks):
    return Editor(client, django_capture_on_commit_callbacks)


def found(client, language, query):
    """(language, title, whether it is marked as another language's) of each result on the page."""
    cache.clear()
    page = client.get(f"/{language}/help/", {"q": query}).content.decode()
    results = re.findall(r'<h2 lang="(\w+)"><a[^>]*>(.*?)</a></h2>(.*?)</li>', page, re.DOTALL)
    return [
        (code, re.sub("<[^>]+>", "", title), "Not yet in your language" in rest)
        for code, title, rest in results
    ]


def in_widget(client, language, query=""):
    cache.clear()
    asked = {"q": query, "locale": language}
    hits = client.get("/support/widget/articles", asked).json()["results"]
    return [
        (client.get(f"/support/widget/articles/{hit['id']}").json()["lang"], hit["title"])
        for hit in hits
    ]


def test_each_block_offers_its_words_and_keeps_the_rest(editor, refund, german):
    url = editor.translate(refund, german)
    segments = editor.look_at(url)["segments"]
    strings = {one["source"] for one in segments if one["type"] == "string"}
    assert strings == set(GERMAN) | {"1 – 2 – 3"}
    kept = [one["value"] for one in segments if one["type"] == "synchronised_value"]
    assert "https://video.example/1" in kept and len(kept) == 5  # pictures, video, file, article

    editor.write(url, GERMAN)
    page = editor.client.get("/de/help/orders/geld-zurueck/").content.decode()
    shown = {GERMAN[words] for words in GERMAN if words != OTHER_WORDS}
    lines = [line for words in shown for line in re.split(r"<br/>| \| ", words)]
    assert [line for line in lines if line not in page] == []
    assert '<th scope="col">Land</th><th scope="col">Preis</th>' in page
    assert "<td>Frankreich</td><td>5</td>" in page
    assert "for one in box:\n    sende(one &lt; 1)" in page
    assert 'data-language="python"' in page and "esc-kb-callout-warning" in page


def test_who_looks_after_it_and_when_follow_the_original(editor, refund, german):
    refund.maintainer, refund.review_on = make_user("mara"), date(2030, 1, 2)
    refund.save_revision().publish()
    url = editor.translate(refund, german)
    assert not [
        one for one in editor.look_at(url)["segments"] if "maintainer" in one["contentPath"]
    ]
    translated = refund.get_translation(german)
    assert (translated.maintainer, translated.review_on) == (refund.maintainer, refund.review_on)


def test_until_it_is_translated_readers_get_the_original_marked_as_such(
    client, editor, refund, german
):
    url = editor.translate(refund, german)  # published at once, with the original's words
    assert client.get("/de/help/orders/refund/").status_code == 200
    assert found(client, "de", "how do I get refunded") == [("en", "Get a refund", True)]
    assert in_widget(client, "de", "refunds") == [("en", "Get a refund")]
    editor.write(url, {"Get a refund": "Geld zurück bekommen"})
    assert found(client, "de", "Gelder zurück")[0] == ("de", "Geld zurück bekommen", False)


def test_a_translation_is_found_by_the_words_of_its_language_and_hides_the_original(
    client, editor, refund, german
):
    editor.write(editor.translate(refund, german), GERMAN)
    # stems and folded accents of German, in title, other words, steps, questions and tables
    for query in ("Gelder zurückbekommen Geld", "Erstattungen", "vorsichtige", "Wochen", "Preisen"):
        assert found(client, "de", query) == [("de", "Geld zurück bekommen", False)], query
        assert in_widget(client, "de", query) == [("de", "Geld zurück bekommen")], query
    assert found(client, "en", "refunded") == [("en", "Get a refund", False)]
    assert in_widget(client, "en", "refunds") == [("en", "Get a refund")]
    assert found(client, "en", "Erstattungen") == []
    assert found(client, "de", "opening hours") == [("en", "Opening hours", True)]
    # the code has the same word in both
    assert [code for code, *_ in found(client, "de", "box")] == ["de"]


def test_a_change_of_the_original_is_searched_in_german_once_it_is_synchronised(
    client, editor, refund, german
):
    url = editor.translate(refund, german)
    editor.write(url, GERMAN)
    refund.summary, refund.review_on = "We pay it back by cheque.", None
    with editor.committed(execute=True):
        refund.save_revision().publish()
    assert found(client, "en", "cheques")[0] == ("en", "Get a refund", False)
    assert found(client, "de", "Erstattungen") == [("de", "Geld zurück bekommen", False)]
    editor.synchronise(refund, german)
    assert found(client, "de", "Erstattungen") == [("de", "Geld zurück bekommen", False)]
    editor.write(url, {"We pay it back by cheque.": "Wir zahlen mit Schecks."})
    assert found(client, "de", "Scheck") == [("de", "Geld zurück bekommen", False)]
    refund.unpublish()
    assert found(client, "en", "cheques") == []


def test_a_translation_comes_back_in_a_file(client, editor, refund, german):
    url = editor.translate(refund, german)
    shown = editor.look_at(url)
    file = client.get(shown["links"]["downloadPofile"]).content.decode()
    file = file.replace(
        'msgid "Never by sea."\nmsgstr ""', 'msgid "Never by sea."\nmsgstr "Nie übers Meer."'
    )
    sent = {"file": SimpleUploadedFile("de.po", file.encode()), "next": url}
    editor.post(shown["links"]["uploadPofile"], sent)
    editor.post(url, {"action": "publish"})
    assert found(client, "de", "Meere")[0][0] == "de"


def test_related_articles_are_those_of_the_pages_language(client, editor, refund, hours, german):
    editor.write(editor.translate(refund, german), GERMAN)
    page = "/de/help/orders/geld-zurueck/"
    link = f'<li lang="en" dir="ltr"><a href="{hours.url}">Opening hours</a></li>'
    assert link in related(client, page)
    words = {"Opening hours": "Öffnungszeiten", "opening-hours": "zeiten"}
    editor.write(editor.translate(hours, german), words)
    assert '<li><a href="/de/help/orders/zeiten/">Öffnungszeiten</a></li>' in related(client, page)
    assert hours.url in related(client, refund.url)


def related(client, url):
    return client.get(url).content.decode().split('"esc-kb-related"')[1].split("</section>")[0]


def test_aliases_of_a_synchronised_tree_are_no_articles_of_its_language(
    client, editor, refund, hours, german
):
    from wagtail_localize.models import LocaleSynchronization

    LocaleSynchronization.objects.create(
        locale=german, sync_from=Locale.objects.get(language_code="en")
    )
    with editor.committed(execute=True):
        call_command("sync_locale_trees")
    alias = client.get("/de/help/orders/opening-hours/").content.decode()
    assert '<h1 lang="en" dir="ltr">Opening hours</h1>' in alias
    assert "Not yet in your language" in alias
    shelf = client.get("/de/help/").content.decode()
    assert '<li lang="en" dir="ltr"><a href="/de/help/orders/opening-hours/">' in shelf
    assert found(client, "de", "opening hours") == [("en", "Opening hours", True)]
    assert {code for code, _ in in_widget(client, "de")} == {"en"}

    editor.write(editor.translate(refund, german), GERMAN)
    assert in_widget(client, "de") == [("de", "Geld zurück bekommen")]
    assert found(client, "de", "Erstattungen") == [("de", "Geld zurück bekommen", False)]
    assert found(client, "de", "opening hours") == [("en", "Opening hours", True)]


def test_a_whole_help_centre_is_translated_at_once_and_published_when_it_is_written(
    client, editor, refund, hours, german, settings
):
    settings.WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE = False
    index = refund.get_parent().get_parent()
    editor.translate(index, german, include_subtree="on")
    assert client.get("/de/help/").status_code == 404
    editor.post(editor_of(index, german), {"action": "publish"})
    editor.post(editor_of(refund.get_parent(), german), {"action": "publish"})
    editor.write(editor_of(refund, german), GERMAN)
    assert found(client, "de", "Erstattungen") == [("de", "Geld zurück bekommen", False)]
    assert found(client, "de", "opening hours") == [("en", "Opening hours", True)]
    page = client.get("/de/help/orders/geld-zurueck/").content.decode()
    assert 'hreflang="en"' in page and 'hreflang="de"' in page


def editor_of(page, locale):
    return reverse("wagtailadmin_pages:edit", args=[page.get_translation(locale).pk])
