"""What search engines and social networks read of a page: its languages, its picture."""

import re

import pytest
from django.core.files.images import ImageFile
from django.utils import timezone
from PIL import Image as Drawing
from wagtail.images import get_image_model
from wagtail.models import Locale, PageViewRestriction, Site

from tests.kb import trees
from wagtail_escalated.kb.models import ArticlePage, KnowledgeBaseSettings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_languages(settings):
    settings.WAGTAIL_I18N_ENABLED = True
    settings.ROOT_URLCONF = "tests.kb.urls_by_language"
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("de", "German")]


@pytest.fixture
def english():
    return trees.article(trees.knowledge_base(), "Get a refund", "Send the parcel back.")


@pytest.fixture
def german(english):
    trees.german_root().specific.save_revision().publish()
    locale = Locale.objects.get(language_code="de")
    english.get_parent().specific.copy_for_translation(locale).save_revision().publish()
    german = english.copy_for_translation(locale)
    german.title, german.slug = "Geld zurück", "geld-zurueck"
    german.save_revision().publish()
    return ArticlePage.objects.get(pk=german.pk)


def head(client, page, **extra):
    response = client.get(page.get_url(), **extra)
    assert response.status_code == 200
    return response.content.decode()


def languages(client, page, **extra):
    pattern = r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">'
    return dict(re.findall(pattern, head(client, page, **extra)))


def test_each_language_names_all_of_them(client, english, german):
    every = {
        "en": english.full_url,
        "de": german.full_url,
        "x-default": english.full_url,
    }
    assert languages(client, english) == every
    assert languages(client, german) == every


def test_an_article_in_one_language_names_none(client, english):
    assert languages(client, english) == {}


@pytest.mark.parametrize("how", ["draft", "expired", "private", "alias"])
def test_a_version_that_not_everybody_may_read_is_not_named(client, english, german, how):
    if how == "draft":
        german.unpublish()
    elif how == "expired":
        ArticlePage.objects.filter(pk=german.pk).update(expire_at=timezone.now())
    elif how == "private":
        PageViewRestriction.objects.create(
            page=german.get_parent(), restriction_type=PageViewRestriction.LOGIN
        )
    else:
        ArticlePage.objects.filter(pk=german.pk).update(alias_of=english)
    assert languages(client, english) == {}


def test_a_version_on_another_site_is_named_by_its_address_while_that_site_answers(client, english):
    locale = Locale.objects.get_or_create(language_code="de")[0]
    top = english.get_root()
    kb = trees.knowledge_base("Hilfe", under=top, slug="hilfe", locale=locale)
    trees.article(kb, "Refund", slug="geld", locale=locale, translation_key=english.translation_key)
    other = Site.objects.create(hostname="hilfe.example", port=443, root_page=kb)
    Site.clear_site_root_paths_cache()
    assert languages(client, english)["de"] == "https://hilfe.example/de/geld/"
    KnowledgeBaseSettings.objects.create(site=other, enabled=False)
    assert languages(client, english) == {}


def test_results_name_no_other_language(client, english, german):
    index = english.get_parent().specific
    page = client.get(index.get_url(), {"q": "refund"}).content.decode()
    assert "hreflang" not in page and "noindex" in page


def test_an_articles_first_picture_is_its_preview(client, english, tmp_path):
    path = tmp_path / "box.png"
    Drawing.new("RGB", (1600, 800), "teal").save(path)
    with path.open("rb") as file:
        image = get_image_model().objects.create(title="A box", file=ImageFile(file, "box.png"))
    picture = english.body.stream_block.child_blocks["picture"]
    english.body.append(
        ("picture", picture.to_python({"image": {"image": image.pk, "alt_text": "Open box"}}))
    )
    english.save_revision().publish()

    page = head(client, english, headers={"host": "testserver"})

    found = dict(re.findall(r'<meta property="(og:image[^"]*)" content="([^"]*)">', page))
    root = trees.site().root_url
    assert found["og:image"].startswith(f"{root}/") and found["og:image"].endswith(".png")
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "600")
    assert found["og:image:alt"] == "Open box"
    assert f'"image": "{found["og:image"]}"' in page


def test_an_article_without_a_picture_has_none(client, english):
    assert "og:image" not in head(client, english)
