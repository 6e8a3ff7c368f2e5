"""A language in which each translation stands in brackets: what stands outside was never marked.

``speaking_pseudo()`` makes every ``gettext`` answer ``⟦…⟧``, Wagtail's and Django's too.
``words_outside(html)`` gives the words that a person would see, hear or be shown without brackets.
"""

import re
from contextlib import contextmanager
from html.parser import HTMLParser

from django.conf import settings
from django.test import override_settings
from django.utils import translation
from django.utils.translation import trans_real

CODE = "en-xa"
OPEN, CLOSE = "⟦", "⟧"
#: The shortest catalogue that gettext takes for one: a header and no messages.
EMPTY_CATALOGUE = b"\xde\x12\x04\x95" + b"\0" * 8 + b"\x1c\0\0\0" * 2 + b"\0" * 8

VISIBLE_ATTRIBUTES = {"placeholder", "aria-label", "aria-description", "title", "alt", "label"}
BUTTON_TYPES = {"submit", "button", "reset"}
#: Keys are called as they are printed on the keyboard.
SILENT = {"script", "style", "code", "kbd", "template", "noscript"}
WITHOUT_END = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")
#: Addresses, references and colours aren't words of ours.
NOT_WORDS = re.compile(r"\S+@\S+|https?://\S+|\b[A-Z]{2,}-\d{4}-[0-9A-F]{6}\b|#[0-9a-f]{6}\b")


class PseudoTranslation(trans_real.DjangoTranslation):
    def __init__(self):
        super().__init__("en")
        self._DjangoTranslation__to_language = CODE

    def to_language(self):
        return CODE

    def language(self):
        return CODE

    def gettext(self, message):
        text = message.rsplit(trans_real.CONTEXT_SEPARATOR, 1)[-1]
        return f"{OPEN}{text}{CLOSE}" if WORD.search(text) else text

    def ngettext(self, singular, plural, number):
        return self.gettext(singular if number == 1 else plural)


@contextmanager
def speaking_pseudo(folder):
    """``folder``: an empty one, for the catalogue by which Django believes in the language."""
    catalogue = folder / "en_XA" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(EMPTY_CATALOGUE)
    languages = [(CODE, f"{OPEN}Pseudo{CLOSE}"), *settings.LANGUAGES]
    with override_settings(
        LANGUAGE_CODE=CODE,
        LANGUAGES=languages,
        LOCALE_PATHS=[str(folder)],
        USE_THOUSAND_SEPARATOR=0,
    ):
        # Django forgets what it knew of languages whenever these settings change
        trans_real._translations[CODE] = PseudoTranslation()
        with translation.override(CODE):
            yield


class Reader(HTMLParser):
    """Reads a page as a person does: texts, labels and hints, in their order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.silence = []
        self.texts = []
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in WITHOUT_END and (self.silence or self.is_silent(tag, attributes)):
            self.silence.append(tag)
        self.attributes += [
            attributes[name] for name in VISIBLE_ATTRIBUTES & attributes.keys() if attributes[name]
        ]
        if tag == "input" and attributes.get("type") in BUTTON_TYPES:
            self.attributes.append(attributes.get("value") or "")

    def is_silent(self, tag, attributes):
        return tag in SILENT or attributes.get("translate") == "no"

    def handle_endtag(self, tag):
        if tag in self.silence:
            while self.silence.pop() != tag:
                pass

    def handle_data(self, data):
        if not self.silence:
            self.texts.append(data)


def without_brackets(text):
    """What is left of a text when each ⟦…⟧ is taken out, also where one stands inside another."""
    kept, depth = [], 0
    for character in text:
        if character == OPEN:
            depth += 1
        elif character == CLOSE:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
        elif character.isspace():
            kept.append(" ")
    return "".join(kept)


def words_in_text(text, *, data=()):
    """``data``: what people wrote, or names of things; it has no translation."""
    text = without_brackets(text)
    for known in sorted(data, key=len, reverse=True):
        text = text.replace(known, " ")
    return WORD.findall(NOT_WORDS.sub(" ", text))


def words_outside(html, *, data=()):
    reader = Reader()
    reader.feed(html)
    reader.close()
    words = words_in_text("\n".join(reader.texts), data=data)
    for attribute in reader.attributes:
        words += words_in_text(attribute, data=data)
    return words
