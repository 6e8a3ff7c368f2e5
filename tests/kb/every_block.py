"""An article with each kind of block in it, as the editor's form stores it."""

import json
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from PIL import Image as Drawing
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from tests.kb import trees
from wagtail_escalated.kb.models import ArticlePage

OTHER_WORDS = "reimbursement<br/>cashback"
#: What a reader sees of the article, and how the test has it in German.
GERMAN = {
    "Get a refund": "Geld zurück bekommen",
    "refund": "geld-zurueck",
    "We pay it back.": "Wir zahlen es zurück.",
    OTHER_WORDS: "Erstattung<br/>Rückzahlung",
    "When": "Wann",
    "Within <b>thirty</b> days.": "Binnen <b>dreißig</b> Tagen.",
    "How to pack": "So wird gepackt",
    "Open the box": "Die Schachtel öffnen",
    "Carefully.": "Vorsichtig.",
    "An open box": "Eine offene Schachtel",
    "A closed box": "Eine geschlossene Schachtel",
    "The box": "Die Schachtel",
    "How it is closed": "Wie man sie schließt",
    "Never by sea.": "Nie übers Meer.",
    "A command": "Ein Befehl",
    "for one in box:<br/>    send(one &lt; 1)": "for one in box:<br/>    sende(one &lt; 1)",
    "Prices": "Preise",
    "Country | Price<br/>France | 5": "Land | Preis<br/>Frankreich | 5",
    "The form": "Das Formular",
    "Often asked": "Oft gefragt",
    "How long does it take?": "Wie lange dauert es?",
    "Two weeks.": "Zwei Wochen.",
    "See also": "Siehe auch",
    "Write to us": "Schreiben Sie uns",
}


def article(under, *, related, **fields):
    page = ArticlePage(
        title="Get a refund",
        slug="refund",
        summary="We pay it back.",
        other_words="reimbursement\ncashback",
        body=json.dumps(body(related)),
        **fields,
    )
    return trees.publish(page, under=under)


def body(related):
    picture = image()
    document = get_document_model().objects.create(
        title="Form", file=ContentFile(b"Name:", "form.txt")
    )
    return [
        block("text", "<h2>When</h2><p>Within <b>thirty</b> days.</p>"),
        block("steps", {"title": "How to pack", "steps": steps(picture)}),
        block("picture", {"image": chosen(picture, "A closed box"), "caption": "The box"}),
        block("video", {"video": "https://video.example/1", "caption": "How it is closed"}),
        block("callout", {"kind": "warning", "text": "<p>Never by sea.</p>"}),
        block(
            "code",
            {
                "caption": "A command",
                "language": "python",
                "code": "for one in box:\n    send(one < 1)",
            },
        ),
        block(
            "table",
            {
                "caption": "Prices",
                "cells": "Country | Price\nFrance | 5",
                "header_row": True,
                "header_column": False,
            },
        ),
        block("download", {"document": document.pk, "text": "The form"}),
        block("questions", {"title": "Often asked", "questions": questions()}),
        block("related", {"title": "See also", "pages": [block("item", related.pk)]}),
        block("need_help", {"text": "Write to us"}),
    ]


def steps(picture):
    first = {"title": "Open the box", "text": "<p>Carefully.</p>"}
    nothing = {"image": None, "alt_text": None, "decorative": None}
    return [
        block("item", {**first, "image": chosen(picture, "An open box")}),
        block("item", {"title": "1 – 2 – 3", "text": "", "image": nothing}),
    ]


def questions():
    return [block("item", {"question": "How long does it take?", "answer": "<p>Two weeks.</p>"})]


def block(kind, value):
    return {"type": kind, "value": value, "id": str(uuid4())}


def chosen(picture, text):
    return {"image": picture.pk, "alt_text": text, "decorative": False}


def image():
    file = ContentFile(b"", "box.png")
    Drawing.new("RGB", (40, 30), "teal").save(file, "PNG")
    return get_image_model().objects.create(title="Box", file=ImageFile(file, "box.png"))
