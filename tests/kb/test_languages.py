"""A small help centre in each of many languages, and questions as its readers type them.

In ``languages/``: ``#`` begins an article, ``?`` is a question that it answers, ``!`` one that none answers.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from wagtail.models import Locale, Page, Site

from tests.kb import trees
from wagtail_escalated.articles import search_articles
from wagtail_escalated.kb.excerpt import excerpt_of, marked
from wagtail_escalated.kb.search.text import terms, words

FOLDER = Path(__file__).parent / "languages"
CODES = sorted(path.stem for path in FOLDER.glob("*.txt"))
#: At most so many of a language's questions miss their article, and so many of the others get one.
MISSED, ANSWERED = 0.2, 0.6


class HelpCentre(NamedTuple):
    articles: list[tuple[str, str]]
    questions: list[tuple[str, str]]
    unanswered: list[str]


def read(code: str) -> HelpCentre:
    articles, questions, unanswered = [], [], []
    for line in (FOLDER / f"{code}.txt").read_text().splitlines():
        kind, text = line[0], line[2:]
        if kind == "#":
            articles.append((text, ""))
        elif kind == "?":
            questions.append((text, articles[-1][0]))
        elif kind == "!":
            unanswered.append(text)
        else:
            articles[-1] = (articles[-1][0], line)
    return HelpCentre(articles, questions, unanswered)


@pytest.fixture
def written(request, settings, db, django_capture_on_commit_callbacks):
    """The articles of one language, on a site of their own."""
    code = request.param
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [(code, code)]
    settings.LANGUAGE_CODE = code
    locale, _ = Locale.objects.get_or_create(language_code=code)
    root = Page.get_first_root_node()
    home = root.add_child(instance=Page(title="Home", slug=f"home-{code}", locale=locale))
    site = Site.objects.create(hostname=f"{code}.example", root_page=home)
    centre = read(code)
    with django_capture_on_commit_callbacks(execute=True):
        kb = trees.knowledge_base(under=home, locale=locale)
        for title, text in centre.articles:
            trees.article(kb, title, text, locale=locale)
    return centre, site


@pytest.mark.parametrize("written", CODES, indirect=True, ids=CODES)
def test_questions_find_their_articles_and_others_find_nothing(written, request):
    centre, site = written

    def found(question):
        hits = search_articles(question, user=AnonymousUser(), site=site, limit=3)
        return [hit.title for hit in hits]

    missed = [
        (question, found(question))
        for question, title in centre.questions
        if title not in found(question)
    ]
    answered = [question for question in centre.unanswered if found(question)]
    assert len(missed) <= MISSED * len(centre.questions), missed
    assert len(answered) <= ANSWERED * len(centre.unanswered), answered


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("hi", "मैं पैसे", ["मैं", "पैसे"]),
        ("he", "שָׁלוֹם", ["שָׁלוֹם"]),
        ("fr", "l'abonnement d’un ami aujourd'hui", ["abonnement", "un", "ami", "aujourdhui"]),
        ("it", "dell'ordine", ["ordine"]),
        ("tr", "İstanbul'da", ["i̇stanbul"]),
        ("zh", "退款 2 天", ["退款", "2", "天"]),
        ("ko", "환불을", ["환불", "불을"]),
        ("th", "ส่ง", ["ส่ง"]),
        ("de", "Wider\u00adruf", ["widerruf"]),
        ("en", "don't e-mail", ["dont", "e", "mail"]),
    ],
)
def test_words_are_what_a_reader_of_the_language_takes_for_words(language, text, expected):
    assert words(text, language) == expected


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Straße", "strasse"),
        ("pl", "Łódź", "lodz"),
        ("tr", "şıfre", "sifre"),
        ("da", "køb", "kob"),
        ("ar", "أموال", "اموال"),
        ("ar", "مُحَمَّد", "محمد"),
        ("ar", "كتـــاب", "كتاب"),
        ("he", "שָׁלוֹם", "שלום"),
        ("ja", "ﾊﾟｽ", "パス"),
        ("es", "devolución", "devoluciones"),
        ("ru", "посылка", "посылки"),
    ],
)
def test_what_people_leave_out_or_write_otherwise_makes_no_difference(language, one, other):
    assert terms(one, language) == terms(other, language)


def test_voiced_kana_are_other_letters():
    assert terms("パス", "ja") != terms("ハス", "ja")


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Reset your Password", ("pasword",), ["Password"]),
        ("Für die Rückgabe", ("ruckgabe",), ["Rückgabe"]),
        ("我们会把钱退回您的银行卡", ("退回", "回您"), ["退回您"]),
        ("All orders and an ordinary day", ("order",), ["orders"]),
        ("Nothing of it", ("parcel",), []),
        ("Nothing asked", (), []),
    ],
)
def test_the_words_that_were_asked_for_are_marked_however_they_are_written(text, asked, expected):
    pieces = marked(text, asked)
    assert [piece for piece, found in pieces if found] == expected
    assert "".join(piece for piece, _ in pieces) == text


def test_an_excerpt_of_a_text_without_spaces_is_as_long_as_others():
    text = "我们会把钱退回您的银行卡。" * 40
    assert len(excerpt_of("", text, ("退款",))) <= 161
    assert "物流" in excerpt_of("", text + "快递的物流信息", ("物流",))
