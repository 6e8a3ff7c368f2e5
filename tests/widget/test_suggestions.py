"""What suggestions in the widget's form spare: counted as in the portal, without a cookie."""

import pytest

from tests.factories import default_site
from tests.kb import trees
from wagtail_escalated.kb.models import KnowledgeBaseSettings, SearchDay, SuggestionDay

pytestmark = pytest.mark.django_db

QUESTION = "how do i get a refund"
KEY, OTHER = "0" * 31 + "1", "0" * 31 + "2"
FORM = {"name": "Ann", "email": "ann@example.net", "subject": QUESTION, "body": "Please."}


@pytest.fixture(autouse=True)
def refund():
    kb = trees.knowledge_base()
    return trees.article(kb, "Get a refund", "Send the parcel back. The money comes back, too.")


def hold_out(percent):
    KnowledgeBaseSettings.objects.update_or_create(
        site=trees.site(), defaults={"hold_out_percent": percent}
    )


class Visitor:
    """Keeps what the desk has sealed, as the script does."""

    def __init__(self, ask, key=KEY):
        self.ask, self.state = ask, key

    def _kept(self, answer, status=200):
        assert answer.status_code == status, answer.content
        said = answer.json()
        self.state = said.get("ask", self.state)
        return said

    def types(self, text=QUESTION, **more):
        query = {"q": text, "form": "1", "ask": self.state, **more}
        answer = self.ask.get("articles", query)
        assert answer["Cache-Control"] == "no-store"
        return [hit["title"] for hit in self._kept(answer)["results"]]

    def reads(self, page):
        return self._kept(self.ask.get(f"articles/{page.pk}", {"ask": self.state}))

    def votes(self, page, helpful):
        path = f"articles/{page.pk}/feedback?ask={self.state}"
        return self._kept(self.ask.post(path, {"helpful": helpful, "key": "me"}))

    def sends(self, **more):
        return self._kept(self.ask.post(f"tickets?ask={self.state}", FORM | more), status=201)


def counts(**group):
    names = ("asked", "seen", "read", "solved", "sent")
    rows = SuggestionDay.objects.filter(**group)
    return [tuple(getattr(row, name) for name in names) for row in rows]


def test_each_step_of_a_visitor_is_counted_once(ask, refund):
    visitor = Visitor(ask)
    for text in ("how do i get", QUESTION, QUESTION):
        visitor.types(text)
    assert counts() == [(1, 1, 0, 0, 0)]
    for _time in range(2):
        visitor.reads(refund)
        visitor.votes(refund, "yes")
    assert counts() == [(1, 1, 1, 1, 0)]
    visitor.sends()
    assert counts() == [(1, 1, 1, 0, 1)]
    visitor.types()
    assert counts() == [(2, 2, 1, 0, 1)]


def test_a_no_after_a_yes_takes_it_back(ask, refund):
    visitor = Visitor(ask)
    visitor.types()
    for vote in ("yes", "no"):
        visitor.votes(refund, vote)
    assert counts() == [(1, 1, 0, 0, 0)]


def test_two_searches_at_once_are_one_visitor(ask):
    for _tab in range(2):
        Visitor(ask).types()
    assert [row[0] for row in counts()] == [1]


def test_a_request_sent_twice_is_one(ask):
    visitor = Visitor(ask)
    visitor.types()
    state = visitor.state
    for _time in range(2):
        visitor.state = state
        visitor.sends(key="f" * 32)
    assert counts() == [(1, 1, 0, 0, 1)]


def test_searching_and_reading_without_the_form_counts_nothing(ask, refund):
    answer = ask.get("articles", {"q": QUESTION})
    assert "ask" not in answer.json() and "max-age" in answer["Cache-Control"]
    ask.get(f"articles/{refund.pk}")
    ask.post("tickets", FORM)
    assert counts() == []


def test_the_share_that_is_held_out_gets_no_suggestions_and_is_counted_apart(ask, monkeypatch):
    hold_out(50)
    monkeypatch.setattr(
        "wagtail_escalated.kb.deflection._of_hundred", lambda key: 49 if key == KEY else 50
    )
    held, shown = Visitor(ask), Visitor(ask, OTHER)
    assert held.types() == [] and shown.types() == ["Get a refund"]
    assert held.types("money back", settled="1") == []
    assert not SearchDay.objects.exists()  # no gap: there is an article
    home = ask.get("articles", {"q": QUESTION, "ask": held.state})
    assert [hit["title"] for hit in home.json()["results"]] == ["Get a refund"]
    held.sends()
    assert held.types() == []
    assert counts(held_out=True) == [(2, 0, 0, 0, 1)]
    assert counts(held_out=False) == [(1, 1, 0, 0, 0)]


def test_the_choice_by_a_key_is_always_the_same_and_about_the_share():
    from wagtail_escalated.kb.deflection import _of_hundred

    chosen = [_of_hundred(f"{number:032x}") for number in range(2000)]
    assert chosen == [_of_hundred(f"{number:032x}") for number in range(2000)]
    assert 0.15 < sum(one < 20 for one in chosen) / len(chosen) < 0.25


@pytest.mark.parametrize("state", ["x" * 5000, "eyJhIjoxfQ:1:forged", "\x00", '{"held": true}'])
def test_what_was_not_sealed_here_counts_nothing(ask, state):
    answer = ask.get("articles", {"q": QUESTION, "form": "1", "ask": state})
    assert [hit["title"] for hit in answer.json()["results"]] == ["Get a refund"]
    assert counts() == []


def test_nothing_is_counted_while_the_knowledge_base_is_off(ask):
    KnowledgeBaseSettings.objects.create(site=default_site(), enabled=False)
    assert ask.get("articles", {"q": QUESTION, "form": "1", "ask": KEY}).status_code == 403
    assert counts() == []
