"""What the search keeps: the terms of each article, and the words of all articles.

Wagtail's index finds which articles have a word; no backend of it says how rare the word is, how
often an article has it, or which word a misspelt one is close to.
"""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..pages import PAGE
from ..search.spelling import HEAD
from ..search.text import MAX_WORD


def new_version() -> int:
    """No counter: after a rollback a number would come twice, for different articles."""
    return secrets.randbits(62)


class Lexicon(models.Model):
    """All articles of one locale together."""

    locale = models.OneToOneField(
        "wagtailcore.Locale", on_delete=models.CASCADE, related_name="escalated_lexicon"
    )
    articles = models.PositiveIntegerField(default=0)
    #: Sum of the articles' lengths, for the average.
    length = models.PositiveBigIntegerField(default=0)
    #: Another with each change, so that a process knows what it holds is old.
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Lexicon {self.locale_id}"


class Term(models.Model):
    """A stem, and in how many articles (and titles) of its locale it occurs."""

    lexicon = models.ForeignKey(Lexicon, on_delete=models.CASCADE, related_name="terms")
    text = models.CharField(max_length=MAX_WORD)
    articles = models.PositiveIntegerField(default=0)
    titles = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["lexicon", "text"], name="esc_kb_term_once")]

    def __str__(self):
        return self.text


class Spelling(models.Model):
    """A word as it is written, and the term it stands for."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="spellings")
    lexicon = models.ForeignKey(Lexicon, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=MAX_WORD)
    head = models.CharField(max_length=HEAD)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["lexicon", "text"], name="esc_kb_spelling_once")
        ]
        indexes = [models.Index(fields=["lexicon", "head"], name="esc_kb_spelling_head")]

    def __str__(self):
        return self.text


class ArticleText(models.Model):
    """One published article as the ranking reads it: stems in order, by where they stand."""

    page = models.OneToOneField(PAGE, on_delete=models.CASCADE, related_name="escalated_text")
    lexicon = models.ForeignKey(Lexicon, on_delete=models.CASCADE, related_name="texts")
    #: The revision it was made of; null where the page was saved without one.
    revision_id = models.BigIntegerField(null=True)
    title_terms = models.TextField(blank=True)
    other_terms = models.TextField(blank=True)
    body_terms = models.TextField(blank=True)
    length = models.PositiveIntegerField(default=0)
    #: Summary and body in plain words, for excerpts.
    text = models.TextField(_("text"), blank=True)
    #: 256 half floats; null where no model is installed or the worker has not come to it yet.
    vector = models.BinaryField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Text {self.page_id}"
