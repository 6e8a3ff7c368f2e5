"""What suggestions spare, from the first word in the form to the report."""

from datetime import timedelta

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_user
from tests.kb import trees
from wagtail_escalated.kb.admin.deflection import Steps, difference, wilson
from wagtail_escalated.kb.models import KnowledgeBaseSettings, SuggestionDay

pytestmark = pytest.mark.django_db

QUESTION = "how do i get a refund"


@pytest.fixture
def refund():
    kb = trees.knowledge_base()
    return trees.article(kb, "Get a refund", "Send the parcel back. The money comes back, too.")


@pytest.fixture
def editor():
    return make_user("edda", is_superuser=True, is_staff=True)


def hold_out(percent):
    KnowledgeBaseSettings.objects.update_or_create(
        site=trees.site(), defaults={"hold_out_percent": percent}
    )


def types(visitor, text=QUESTION):
    url = reverse("wagtail_escalated:ticket_suggestions")
    return visitor.get(url, {"q": text}).content.decode()


def sends(visitor, monkeypatch):
    monkeypatch.setattr("wagtail_escalated.portal.submitting.TOO_QUICK", -1)
    stamp = signing.dumps(1, salt="wagtail_escalated.portal.form")
    data = {"name": "Ann", "email": "ann@example.net", "subject": QUESTION, "body": "Please."}
    answer = visitor.post(reverse("wagtail_escalated:ticket_new"), data | {"stamp": stamp})
    assert answer.status_code == 302, answer.content.decode()


def counts(**group):
    names = ("asked", "seen", "read", "solved", "sent")
    return [
        tuple(getattr(row, name) for name in names) for row in SuggestionDay.objects.filter(**group)
    ]


def test_each_step_of_a_visitor_is_counted_once(refund):
    visitor = Client()
    for text in ("how do i get", QUESTION, QUESTION):
        types(visitor, text)
    assert counts() == [(1, 1, 0, 0, 0)]
    for _time in range(2):
        visitor.get(refund.url)
        visitor.post(refund.url, {"helpful": "yes"})
    assert counts() == [(1, 1, 1, 1, 0)]


def test_who_writes_after_all_was_not_helped_and_begins_anew(refund, monkeypatch):
    visitor = Client()
    types(visitor)
    visitor.get(refund.url)
    visitor.post(refund.url, {"helpful": "yes"})
    sends(visitor, monkeypatch)
    assert counts() == [(1, 1, 1, 0, 1)]
    types(visitor)
    assert counts() == [(2, 2, 1, 0, 1)]


def test_a_no_after_a_yes_takes_it_back(refund):
    visitor = Client()
    types(visitor)
    for vote in ("yes", "no"):
        visitor.post(refund.url, {"helpful": vote})
    assert counts() == [(1, 1, 0, 0, 0)]


def test_reading_and_writing_without_the_form_counts_nothing(refund):
    visitor = Client()
    visitor.get(refund.url)
    visitor.post(refund.url, {"helpful": "yes"})
    assert not SuggestionDay.objects.exists()


def test_the_share_that_is_held_out_gets_no_suggestions_and_is_counted_apart(refund, monkeypatch):
    hold_out(50)
    monkeypatch.setattr("secrets.randbelow", lambda top: 49)
    held = Client()
    assert "Get a refund" not in types(held)
    monkeypatch.setattr("secrets.randbelow", lambda top: 50)
    shown = Client()
    assert "Get a refund" in types(shown)
    # Chosen once: a visitor stays where they are.
    assert "Get a refund" not in types(held, "money back")
    sends(held, monkeypatch)
    assert "Get a refund" not in types(held)
    assert counts(held_out=True) == [(2, 0, 0, 0, 1)]
    assert counts(held_out=False) == [(1, 1, 0, 0, 0)]


def test_the_searches_of_who_is_held_out_are_no_gap(refund, monkeypatch):
    hold_out(50)
    monkeypatch.setattr("secrets.randbelow", lambda top: 0)
    visitor = Client()
    types(visitor)
    assert "escalated_trail" not in visitor.session


def test_held_out_no_more_once_the_share_is_zero_again(refund, monkeypatch):
    hold_out(50)
    monkeypatch.setattr("secrets.randbelow", lambda top: 0)
    visitor = Client()
    types(visitor)
    hold_out(0)
    sends(visitor, monkeypatch)
    assert "Get a refund" in types(visitor)


def test_nothing_is_counted_while_the_knowledge_base_is_off(refund):
    KnowledgeBaseSettings.objects.create(site=trees.site(), enabled=False)
    types(Client())
    assert not SuggestionDay.objects.exists()


def test_the_report_shows_the_steps_and_the_interval_of_the_difference(client, editor):
    today = timezone.now().date()
    url = reverse("escalated_kb_deflection")
    client.force_login(editor)
    assert "Nobody has begun" in client.get(url).content.decode()
    numbers = {"day": today, "site": trees.site()}
    SuggestionDay.objects.create(
        **numbers, held_out=False, asked=200, seen=180, read=60, solved=20, sent=100
    )
    page = client.get(url).content.decode()
    assert "100 (50.0 %)" in page
    assert "80 (40.0 %)" in page  # left without a word
    assert "fewer send their request" not in page
    SuggestionDay.objects.create(**numbers, held_out=True, asked=50, sent=40)
    page = client.get(url).content.decode()
    assert "40 (80.0 %)" in page
    assert (
        "30.0 fewer send their request when they see suggestions (95 % interval: 15.3 to 41.1)"
        in page
    )
    assert "may be chance" not in page
    SuggestionDay.objects.filter(held_out=True).update(asked=5, sent=3)
    assert "may be chance" in client.get(url).content.decode()


def test_the_interval_agrees_with_the_published_example():
    """Newcombe 1998, table II, example a: 56/70 and 48/80, difference 0.2000, 0.0524 to 0.3339."""
    found = difference(held=Steps(asked=70, sent=56), shown=Steps(asked=80, sent=48))
    assert (found.points, found.lower, found.upper) == pytest.approx((20.0, 5.24, 33.39), abs=0.005)
    assert wilson(0, 10)[0] == pytest.approx(0.0, abs=1e-12)


def test_old_counts_are_forgotten_with_the_others():
    for days in (1, 400):
        day = timezone.now().date() - timedelta(days=days)
        SuggestionDay.objects.create(site=trees.site(), day=day, held_out=False, asked=days)
    call_command("escalated_kb_upkeep")
    assert [row.asked for row in SuggestionDay.objects.all()] == [1]
