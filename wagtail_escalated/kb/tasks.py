"""What the worker does for the knowledge base. Arguments are keys, each may run twice."""

from __future__ import annotations

from .models.search import ArticleText, Lexicon, new_version
from .pages import page_model
from .search.keys import SearchText
from .search.semantic import model, reads
from .search.text import language_of


def embed_articles(pks: list[int]) -> int:
    """Vectors of these articles, where a model is installed. Returns how many."""
    using = model()
    if using is None:
        return 0
    texts = ArticleText.objects.filter(page_id__in=pks).select_related("lexicon__locale")
    texts = [text for text in texts if reads(text.lexicon.locale)]
    pages = page_model().objects.filter(pk__in=[t.page_id for t in texts]).specific().in_bulk()
    made = []
    for text in texts:
        text.vector = using.of_article(_sentences(text, pages[text.page_id]))
        made.append(text)
    ArticleText.objects.bulk_update(made, ["vector"], batch_size=200)
    changed = {text.lexicon_id for text in made}
    Lexicon.objects.filter(pk__in=changed).update(version=new_version())
    return len(made)


def _sentences(text: ArticleText, page) -> list[str]:
    language = language_of(text.lexicon.locale.language_code)
    other = getattr(page, "other_words", "")
    return SearchText(page.title, other, text.text, language).sentences()
