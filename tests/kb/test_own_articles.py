"""A help centre of a site's own page classes: ``--ds=tests.settings_own_articles``."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from wagtail.rich_text import RichText

from tests.factories import make_ticket, make_user
from tests.kb import trees
from wagtail_escalated.actions import messages
from wagtail_escalated.articles import get_article, record_citation, search_articles
from wagtail_escalated.kb.models import ArticlePage

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("tests.own_articles"), reason="--ds=tests.settings_own_articles"
    ),
]


@pytest.fixture
def own():
    from tests.own_articles.models import HelpArticle, HelpIndex

    index = trees.publish(HelpIndex(title="Help", slug="help"), under=trees.site().root_page)
    body = [("paragraph", RichText("<p>Send the parcel back.</p>")), ("warning", "Not by sea")]
    article = HelpArticle(
        title="Get a refund", body=body, product="Beans", other_words="money back"
    )
    return index, trees.publish(article, under=index)


@pytest.fixture
def editor(client):
    editor = make_user("edda", is_superuser=True, is_staff=True)
    client.force_login(editor)
    return editor


def asked(query):
    return [hit.title for hit in search_articles(query, user=AnonymousUser(), site=trees.site())]


def test_its_page_is_served_by_its_own_template_with_the_vote(client, own):
    _index, article = own
    page = client.get(article.url).content.decode()
    assert "Get a refund (Beans)" in page
    assert "Not by sea" in page
    assert client.post(article.url, {"helpful": "yes"}).status_code == 302


def test_search_page_suggestions_and_widget_find_it(client, own):
    index, article = own
    assert (
        "Get a refund" in client.get(index.url, {"q": "how do i get my mony back"}).content.decode()
    )
    suggestions = client.get(reverse("wagtail_escalated:kb_suggestions"), {"q": "refu"})
    assert "Refund" in suggestions.content.decode().title()
    assert asked("may i send it by sea") == ["Get a refund"]
    content = get_article(article.pk, user=AnonymousUser(), site=trees.site())
    assert "Not by sea" in content.html


def test_it_is_forgotten_when_it_is_taken_down(own):
    own[1].unpublish()
    assert asked("refund") == []


def test_drafts_are_made_of_the_sites_own_class_with_its_own_blocks(client, own, editor):
    from tests.own_articles.models import HelpArticle

    sent = {"query": "gift vouchers", "site": trees.site().pk}
    client.post(reverse("escalated_kb_draft_from_search"), sent)
    reply = messages.reply(make_ticket(), body="Pull the plug.\n\nWait.", actor=editor)
    url = reverse("wagtail_escalated_admin:ticket_article", args=[reply.ticket.reference, reply.pk])
    answer = client.post(url)
    drafts = HelpArticle.objects.filter(live=False).order_by("pk")
    assert [draft.title for draft in drafts] == ["Gift vouchers", "My printer is on fire"]
    assert "Pull the plug." in str(drafts[1].body[0].value)
    assert drafts[1].body[0].block_type == "paragraph"
    assert client.get(answer.url).status_code == 200
    assert not ArticlePage.objects.exists()


def test_editors_see_it_in_report_and_explorer(client, own, editor):
    index, article = own
    client.post(article.url, {"helpful": "yes"})
    record_citation(make_ticket(), article.pk, actor=editor)
    report = client.get(reverse("escalated_kb_articles_report")).content.decode()
    assert "Get a refund" in report
    url = reverse("wagtailadmin_explore", args=[index.pk])
    assert "100 % of 1 vote" in client.get(url, {"helpful": "half"}).content.decode()
    assert [p.title for p in client.get(url, {"helpful": "less"}).context["pages"]] == []
