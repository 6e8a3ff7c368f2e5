"""The command that measures the search, and the search by meaning."""

import json
import re
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.core.management.base import CommandError
from wagtail.models import Page, Site

from tests.kb import trees
from wagtail_escalated.articles import search_articles
from wagtail_escalated.kb import evaluation
from wagtail_escalated.kb.models import ArticleText, Lexicon
from wagtail_escalated.kb.search import semantic

LINE = re.compile(
    r"^hit@1 ([\d.]+) hit@3 ([\d.]+) mrr@10 ([\d.]+) none ([\d.]+) p95_ms ([\d.]+)$", re.MULTILINE
)


@pytest.fixture
def files(tmp_path):
    articles = [
        {"id": "refund", "title": "Refund", "body": ["how do i get my money back", "send it back"]},
        {"id": "password", "title": "Password", "body": ["i forgot my password", "reset login"]},
        {"id": "parcel", "title": "Parcel", "body": ["where is my parcel", "track an order"]},
    ]
    (tmp_path / "articles.json").write_text(json.dumps(articles))
    (tmp_path / "queries.tsv").write_text(
        "query\tarticle_id\n"
        "can i have my money back\trefund\n"
        "forgot pasword\tpassword\n"
        'say "parcel"\tparcel\n'
    )
    (tmp_path / "nothing.tsv").write_text("query\nwho painted the mona lisa\n")
    return tmp_path


def evaluate(files, queries="queries.tsv", **options):
    out = StringIO()
    call_command(
        "escalated_kb_eval",
        articles=files / "articles.json",
        queries=files / queries,
        stdout=out,
        **options,
    )
    return [tuple(map(float, found)) for found in LINE.findall(out.getvalue())]


@pytest.mark.django_db
def test_it_prints_its_figures_in_one_line(files):
    [(first, three, mrr, none, milliseconds)] = evaluate(files, words=True)
    assert (first, three, mrr, none) == (1.0, 1.0, 1.0, 0.0)
    assert milliseconds > 0


@pytest.mark.django_db
def test_questions_without_an_answer_are_counted(files):
    [(*_, none, _milliseconds)] = evaluate(files, "nothing.tsv", words=True)
    assert none == 1.0


@pytest.mark.django_db
def test_a_part_of_the_questions_may_be_asked_and_with_slips(files, monkeypatch):
    asked = []
    search = evaluation.engine.search

    def noted(query, **options):
        asked.append(query)
        return search(query, **options)

    monkeypatch.setattr(evaluation.engine, "search", noted)
    [(first, *_rest)] = evaluate(files, words=True, every=2)
    assert (first, asked) == (1.0, ["can i have my money back", 'say "parcel"'])
    asked.clear()
    monkeypatch.setattr(evaluation, "MISTYPED", 1.0)
    evaluate(files, words=True, misspelt=True)
    assert asked[0] != "can i have my money back"
    assert len(asked[0].split()) == 6
    again = list(asked)
    asked.clear()
    evaluate(files, words=True, misspelt=True)
    assert asked == again


@pytest.mark.django_db
def test_it_leaves_everything_as_it_was(files):
    kb = trees.knowledge_base()
    trees.article(kb, "Refund", "Money back.")
    before = Page.objects.count(), Site.objects.count(), list(Lexicon.objects.values())
    evaluate(files, words=True)
    assert (Page.objects.count(), Site.objects.count(), list(Lexicon.objects.values())) == before
    asked = {"user": AnonymousUser(), "site": trees.site(), "locale": "en"}
    assert [hit.title for hit in search_articles("refund", **asked)] == ["Refund"]


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_is_named(files):
    (files / "articles.json").write_text("{")
    with pytest.raises(CommandError, match="Cannot be read"):
        evaluate(files)


needs_model = pytest.mark.skipif(semantic._package_folder() is None, reason="without [semantic]")


@needs_model
@pytest.mark.django_db
class TestMeaning:
    @pytest.fixture
    def kb(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            kb = trees.knowledge_base()
            trees.article(kb, "Physician appointments", "See a doctor at the hospital.")
            trees.article(kb, "Automobile insurance", "Cover for your vehicle.")
        return kb

    def titles(self, query):
        asked = {"user": AnonymousUser(), "site": trees.site(), "locale": "en"}
        return [hit.title for hit in search_articles(query, **asked)]

    def test_the_worker_makes_a_vector_of_each_published_article(self, kb):
        assert not ArticleText.objects.filter(vector__isnull=True).exists()

    def test_a_question_in_other_words_finds_its_article(self, kb):
        assert self.titles("car coverage")[0] == "Automobile insurance"
        assert self.titles("medical clinic visit")[0] == "Physician appointments"

    def test_a_help_centre_of_one_article_finds_it(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            trees.article(trees.knowledge_base(), "Get a refund", "Send the parcel back. " * 40)
        assert self.titles("how do i get a refund") == ["Get a refund"]
        assert self.titles("who painted the mona lisa") == []

    def test_a_private_article_is_not_near_to_strangers(self, kb):
        from wagtail.models import PageViewRestriction

        page = kb.get_children().get(title="Automobile insurance")
        PageViewRestriction.objects.create(page=page, restriction_type="login")
        assert "Automobile insurance" not in self.titles("car coverage")

    def test_an_article_published_since_is_found_at_once(
        self, kb, django_capture_on_commit_callbacks
    ):
        self.titles("car coverage")
        with django_capture_on_commit_callbacks(execute=True):
            trees.article(kb, "Bicycle repair", "We mend two-wheelers.")
        assert self.titles("fix my bike")[0] == "Bicycle repair"

    def test_what_the_worker_missed_is_caught_up_by_the_hour(self, kb):
        ArticleText.objects.update(vector=None)
        call_command("escalated_kb_upkeep", stdout=StringIO())
        assert not ArticleText.objects.filter(vector__isnull=True).exists()


@pytest.mark.django_db
def test_statistics_are_forgotten_after_their_days():
    from datetime import timedelta

    from django.utils import timezone

    from wagtail_escalated.kb import counting
    from wagtail_escalated.kb.models import ArticleDay, SearchDay

    page = trees.article(trees.knowledge_base(), "Refund")
    for days in (1, 400):
        counting.count_view(page, source=str(days))
        counting.count_search(
            "refund", site=trees.site(), locale=page.locale, source=str(days), hits=1
        )
        day = timezone.now().date() - timedelta(days=days)
        ArticleDay.objects.filter(source=str(days)).update(day=day)
        SearchDay.objects.filter(source=str(days)).update(day=day)
    call_command("escalated_kb_upkeep", stdout=StringIO())
    assert [row.source for row in ArticleDay.objects.all()] == ["1"]
    assert [row.source for row in SearchDay.objects.all()] == ["1"]
