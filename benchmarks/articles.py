"""Five thousand articles in each of four languages in a few minutes: for measuring the search, not behaviour.

The page tree is written at once, then index, terms and vectors are made as they are when an article is published.
"""

import json
import random
from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from wagtail.models import Locale, Page, Site
from wagtail.search.backends import get_search_backend

from wagtail_escalated.kb.models import ArticlePage, KnowledgeBaseIndexPage
from wagtail_escalated.kb.search import indexing
from wagtail_escalated.kb.search.function_words import _LISTS as FUNCTION_WORDS
from wagtail_escalated.kb.tasks import embed_articles

LANGUAGES = ("en", "de", "fr", "es")
WORDS_IN_TITLE, WORDS_IN_TEXT, VOCABULARY = 4, 250, 20_000
#: So many of a text's words hold it together.
FUNCTION_SHARE = 0.45
SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]
CHUNK = 2500


class Language:
    """Made-up words of one language, the frequent ones first, between its real function words."""

    def __init__(self, code: str):
        self.code, self.chance = code, random.Random(code)
        self.asking = random.Random(f"{code}?")
        self.function_words = FUNCTION_WORDS[code].split()
        some = {
            "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((2, 3, 3, 4))))
            for _ in range(2 * VOCABULARY)
        }
        self.words = sorted(some, key=lambda word: (len(word), word))[:VOCABULARY]

    def topic(self, number: int) -> list[str]:
        """As in a language, few words are frequent."""
        ranks = (int(len(self.words) * self.chance.random() ** 3) for _ in range(number))
        return [self.words[rank] for rank in ranks]

    def title(self) -> str:
        return " ".join(self.chance.choices(self.words, k=WORDS_IN_TITLE - 1) + self.topic(1))

    def text(self) -> str:
        words = self.topic(WORDS_IN_TEXT)
        for place in range(len(words)):
            if self.chance.random() < FUNCTION_SHARE:
                words[place] = self.chance.choice(self.function_words)
        sentences = (" ".join(words[at : at + 12]) for at in range(0, len(words), 12))
        return ". ".join(sentences) + "."

    def question(self, title: str, text: str) -> str:
        """Words of the title and of the text in a sentence, one in ten of them mistyped."""
        words = self.asking.sample(title.split(), 2) + self.asking.sample(text.split(), 2)
        words += self.asking.choices(self.function_words, k=4)
        self.asking.shuffle(words)
        return " ".join(self._mistyped(word) for word in words)

    def _mistyped(self, word: str) -> str:
        if len(word) < 4 or self.asking.random() >= 0.1:
            return word
        place = self.asking.randrange(1, len(word))
        return word[:place] + self.asking.choice("bcdfgaeiou") + word[place + 1 :]


class Shelf:
    """One language's knowledge base, and questions about what stands in it."""

    def __init__(self, code: str):
        self.language = Language(code)
        self.locale, _created = Locale.objects.get_or_create(language_code=code)
        root = Site.objects.get(is_default_site=True).root_page
        root = root.get_translation_or_none(self.locale) or root.copy_for_translation(self.locale)
        if not root.live:
            root.live = True
            root.save()
        slug = f"help-{code}"
        self.index = KnowledgeBaseIndexPage.objects.child_of(root).filter(slug=slug).first()
        if self.index is None:
            self.index = KnowledgeBaseIndexPage(title="Help", slug=slug, locale=self.locale)
            root.add_child(instance=self.index)
        #: So many are there from the last time.
        self.kept = self.index.get_children().count()
        self.written: list[tuple[str, str]] = []

    def grow(self, number: int) -> None:
        """To so many articles. What is kept in the database is made up again, as it was, and not written."""
        again = min(number, self.kept) - len(self.written)
        self.written += [self._made_up() for _ in range(again)]
        while len(self.written) < number:
            self._write(min(CHUNK, number - len(self.written)))

    def _made_up(self) -> tuple[str, str]:
        return self.language.title(), self.language.text()

    def _write(self, number: int) -> None:
        first = len(self.written)
        new = [self._made_up() for _ in range(number)]
        self.written += new
        kind, now = ContentType.objects.get_for_model(ArticlePage), timezone.now()
        pages = Page.objects.bulk_create(
            Page(
                title=title,
                slug=f"a{at}",
                path=Page._get_path(self.index.path, self.index.depth + 1, at + 1),
                depth=self.index.depth + 1,
                url_path=f"{self.index.url_path}a{at}/",
                locale=self.locale,
                content_type=kind,
                live=True,
                first_published_at=now,
                last_published_at=now,
            )
            for at, (title, _text) in enumerate(new, start=first)
        )
        table = connection.ops.quote_name(ArticlePage._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (page_ptr_id, summary, other_words, body)"  # noqa: S608
                " VALUES (%s, '', '', %s)",
                [
                    (page.pk, json.dumps([{"type": "text", "value": f"<p>{text}</p>"}]))
                    for page, (_title, text) in zip(pages, new, strict=True)
                ],
            )
        Page.objects.filter(pk=self.index.pk).update(numchild=len(self.written))
        articles = list(ArticlePage.objects.filter(pk__in=[page.pk for page in pages]))
        get_search_backend("default").add_bulk(ArticlePage, articles)
        indexing.index_pages(articles)
        embed_articles([page.pk for page in pages])

    def questions(self, number: int) -> Iterator[str]:
        for _ in range(number):
            yield self.language.question(*self.language.asking.choice(self.written))
