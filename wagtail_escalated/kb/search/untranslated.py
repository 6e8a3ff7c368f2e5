"""Articles that stand in the tree of a language whose words they don't have yet.

Wagtail puts aliases there when trees are synchronised, wagtail-localize publishes copies before anybody has
translated them. They answer nobody in that language: its readers get the original, marked as another language's.
"""

from __future__ import annotations

from collections.abc import Iterable

from wagtail.coreutils import get_content_languages

from .keys import text_of_page
from .text import language_of


def untranslated(pages: Iterable) -> set[int]:
    """Keys of those of these articles, all of one locale, that are written in another language."""
    aliases = {page.pk for page in pages if _language(source_of(page)) != _language(page)}
    return aliases | _copies([page for page in pages if page.pk not in aliases])


def original_of(page):
    """The article in another language whose words this one still has; itself where they are its own."""
    source = source_of(page)
    if source.pk != page.pk or len(get_content_languages()) < 2:
        return source
    return next((one for one in _others([page]) if _is_copy(page, one)), page)


def source_of(page):
    """Of an alias, which may be one of another alias."""
    while page.alias_of_id:
        page = page.alias_of
    return page


def _copies(pages: list) -> set[int]:
    """What says word for word what an older article in another language says."""
    if not pages or len(get_content_languages()) < 2:
        return set()
    older = {}
    for original in _others(pages):
        older.setdefault(original.translation_key, []).append(original)
    return {
        page.pk
        for page in pages
        if any(_is_copy(page, original) for original in older.get(page.translation_key, ()))
    }


def _others(pages: list) -> Iterable:
    keys: dict[type, list] = {}
    for page in pages:
        keys.setdefault(type(page), []).append(page.translation_key)
    for model, wanted in keys.items():
        same = model.objects.live().filter(translation_key__in=wanted, alias_of=None)
        yield from same.exclude(locale_id=pages[0].locale_id).select_related("locale")


def _is_copy(page, original) -> bool:
    return (
        original.pk < page.pk
        and _language(original) != _language(page)
        and _words(original) == _words(page)
    )


def _words(page) -> tuple[str, str, str]:
    text = text_of_page(page)
    return text.title, text.other, text.text


def _language(page) -> str:
    return language_of(page.locale.language_code)
