"""Public letters: read without an exception, as others read them, machines known from people.

The same figures are printed by ``make corpora``; ``scripts/corpora_mail.py DIR --misses`` names what differs.
"""

import re
import runpy
import sys
from pathlib import Path

import pytest

from tests.mail.letters import post_json
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import Ticket

pytestmark = pytest.mark.corpora

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "corpora_mail.py"


@pytest.fixture(scope="module")
def figures(corpora):
    """Name → (figure, out of how many)."""
    module = runpy.run_path(str(SCRIPT))
    rows = module["table"](corpora)
    width = max(len(name) for name, _ in rows)
    sys.__stdout__.write("\n" + "".join(f"{name:<{width}}  {figure}\n" for name, figure in rows))
    return dict(rows)


def share(figure):
    part, whole = map(int, re.match(r"(\d+) of (\d+)", figure).groups())
    return part / whole


def test_every_letter_is_read(corpora):
    letters = list((corpora / "mail").rglob("*.eml"))
    assert len(letters) > 200
    for path in letters:
        normalise(path.read_bytes())


def test_fields_agree_with_those_another_parser_found(figures):
    assert share(figures["golden from: equal"]) == 1
    assert share(figures["golden subject: equal"]) == 1
    assert share(figures["golden html: equal"]) == 1
    assert share(figures["golden texts, plain and HTML: equal"]) >= 0.9
    assert share(figures["golden text of whole letters: equal"]) >= 0.9


def test_visible_replies_agree(figures):
    assert int(figures["visible replies, all"].split()[0]) >= 45


def test_bounces_are_known(figures):
    assert share(figures["bounces recognised as machine mail"]) >= 0.97
    assert share(figures["ordinary letters taken for machines"]) == 0


@pytest.mark.django_db
def test_postmarks_samples_make_one_ticket_each(corpora, client):
    import json

    for path in sorted((corpora / "mail" / "providers").glob("*.json")):
        before = Ticket.objects.count()
        for _ in range(2):
            response = post_json(client, json.loads(path.read_text("utf-8")))
            assert response.status_code == 200
        assert Ticket.objects.count() == before + 1
