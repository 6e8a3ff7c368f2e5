"""Where forms come too fast, a browser works for a moment; without JavaScript one waits. Nobody else is asked."""

import hashlib
import re
from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.portal.test_submitting import NEW, form
from wagtail_escalated import proof
from wagtail_escalated.models import Ticket

KEYS = ("0123456789abcdef" * 2, "fedcba9876543210" * 2)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Each form is one too many."""
    monkeypatch.setattr(proof, "CALM_ADDRESS", 0)


def solved(question, bits):
    for number in count():
        answer = f"{question}:{number}"
        digest = hashlib.sha256(answer.encode()).digest()
        if int.from_bytes(digest[:4]) >> (32 - bits) == 0:
            return answer


def question_in(answer):
    found = re.search(r'name="proof" value="([^"]+)" data-esc-proof="(\d+)"', answer.text)
    return found[1], int(found[2])


def test_the_portals_form_asks_for_work_and_takes_it_once(client):
    asked = client.post(reverse(NEW), form())
    assert asked.status_code == 400
    assert "It burns." in asked.text
    answer = solved(*question_in(asked))
    assert client.post(reverse(NEW), form(proof=answer)).status_code == 302
    assert client.post(reverse(NEW), form(proof=answer)).status_code == 400
    assert Ticket.objects.count() == 1


def test_without_javascript_one_waits_half_a_minute(client, time_machine):
    question, _bits = question_in(client.post(reverse(NEW), form()))
    assert client.post(reverse(NEW), form(proof=question)).status_code == 400
    begin = timezone.now()
    time_machine.move_to(begin + timedelta(seconds=proof.PATIENCE + 2), tick=False)
    assert client.post(reverse(NEW), form(proof=question)).status_code == 302
    assert client.post(reverse(NEW), form(proof=question)).status_code == 400
    late, _bits = question_in(client.post(reverse(NEW), form()))
    time_machine.move_to(begin + timedelta(seconds=proof.LIFETIME * 2), tick=False)
    assert client.post(reverse(NEW), form(proof=late)).status_code == 400
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("answer", ["", "1", ":", "x:5", "a:b:c:7", "\x00:1", "9" * 5000, "q:²"])
def test_made_up_answers_count_for_nothing(client, answer):
    assert client.post(reverse(NEW), form(proof=answer)).status_code == 400
    assert not Ticket.objects.exists()


def test_work_for_too_few_zeros_is_not_enough(client):
    question, bits = question_in(client.post(reverse(NEW), form()))
    answer = next(
        text
        for text in (f"{question}:{number}" for number in count())
        if hashlib.sha256(text.encode()).digest()[0] > 0
    )
    assert bits == proof.BITS
    assert client.post(reverse(NEW), form(proof=answer)).status_code == 400


def test_the_widgets_form_asks_for_the_same(client):
    sent = {"name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water"}
    asked = client.post("/support/widget/tickets", sent | {"key": KEYS[0]})
    assert asked.status_code == 400
    work = asked.json()["work"]
    answer = solved(work["question"], work["bits"])
    done = client.post("/support/widget/tickets", sent | {"key": KEYS[0], "proof": answer})
    assert done.status_code == 201
    # What is sent again, as its answer got lost, is no new form.
    again = client.post("/support/widget/tickets", sent | {"key": KEYS[0]})
    assert again.json()["reference"] == done.json()["reference"]
    assert client.post("/support/widget/tickets", sent | {"key": KEYS[1]}).status_code == 400


def test_a_calm_desk_asks_nobody_and_neither_does_one_with_a_captcha(client, monkeypatch, settings):
    captcha = {"CAPTCHA_CHECK": lambda request: True}
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | captcha
    assert client.post(reverse(NEW), form()).status_code == 302
    monkeypatch.setattr(proof, "CALM_ADDRESS", 5)
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | {"CAPTCHA_CHECK": None}
    assert client.post(reverse(NEW), form()).status_code == 302


def test_many_forms_of_many_addresses_are_suspicious_too(client, monkeypatch):
    monkeypatch.setattr(proof, "CALM_ADDRESS", 100)
    monkeypatch.setattr(proof, "CALM_SITE", 1)
    assert client.post(reverse(NEW), form()).status_code == 302
    elsewhere = form(email="other@example.net")
    assert client.post(reverse(NEW), elsewhere, REMOTE_ADDR="203.0.113.9").status_code == 400
