"""What a visitor sees of the help centre."""

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from wagtail.models import PageViewRestriction
from wagtail.rich_text import RichText

from tests.kb import trees
from wagtail_escalated.articles import get_article, is_enabled, search_articles, trail_of
from wagtail_escalated.kb.models import (
    ArticleDay,
    ArticlePage,
    KnowledgeBaseSettings,
    SearchDay,
    Vote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kb():
    return trees.knowledge_base()


@pytest.fixture
def orders(kb):
    return trees.category(kb, "Orders", description="Buying and sending back")


@pytest.fixture
def refund(orders):
    return trees.article(
        orders, "Get a refund", "Send the parcel back.", summary="How your money comes back."
    )


def switch(**values):
    KnowledgeBaseSettings.objects.update_or_create(site=trees.site(), defaults=values)


def html(client, page, **query):
    response = client.get(page.url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_way_from_the_index_to_an_article(client, kb, orders, refund):
    assert orders.url in html(client, kb)
    assert refund.url in html(client, orders)
    page = html(client, refund)
    assert "How your money comes back." in page
    assert "Send the parcel back." in page
    assert [m for m in re.findall(r'href="([^"]+)">', page) if m == orders.url]


def test_a_search_shows_hits_with_the_words_marked(client, kb, refund):
    page = html(client, kb, q="how do i get a refund")
    assert "<mark>refund</mark>" in page
    assert f"{refund.url}?q=" in page


def test_a_search_without_result_says_so_and_leads_to_the_form(client, kb, refund):
    page = html(client, kb, q="who is the queen of spain")
    assert "We have no article that answers this." in page
    assert reverse("wagtail_escalated:ticket_new") in page


def test_markup_in_a_question_stays_text(client, kb, refund):
    page = html(client, kb, q="<script>alert(1)</script> refund")
    assert "<script>alert" not in page


def test_machines_read_canonical_address_breadcrumbs_and_questions(client, orders):
    body = [
        (
            "questions",
            {
                "title": "",
                "questions": [{"question": "</script><b>Why?", "answer": "Because & so."}],
            },
        )
    ]
    article = trees.article(orders, "Why", summary="Reasons", body=body)
    page = html(client, article)
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    data = {one["@type"]: one for one in json.loads(found[1])}
    assert set(data) == {"BreadcrumbList", "TechArticle", "FAQPage"}
    assert data["FAQPage"]["mainEntity"][0]["name"] == "</script><b>Why?"
    assert f'<link rel="canonical" href="{article.full_url}">' in page
    assert '<meta property="og:type" content="article">' in page


class TestHeadings:
    def body(self, *headings):
        return [("text", RichText("".join(f"<h{n}>{text}</h{n}><p>…</p>" for n, text in headings)))]

    def test_a_long_article_lists_its_headings_with_an_address_for_each(self, client, orders):
        body = self.body((2, "Before &amp; after"), (3, "Tools"), (2, "Feedback"), (2, "Tools"))
        body.append(("steps", {"title": "How", "steps": [{"title": "Open it"}]}))
        page = html(client, trees.article(orders, "Long", body=body))
        listed = re.findall(r'<li class="esc-kb-contents-\d"><a href="#([^"]+)">([^<]+)</a>', page)
        assert listed == [
            ("before-after", "Before &amp; after"),
            ("tools", "Tools"),
            ("feedback-", "Feedback"),
            ("tools-2", "Tools"),
            ("how", "How"),
        ]
        for anchor, _text in listed:
            assert page.count(f'id="{anchor}"') == 1
        assert 'aria-label="Link to “Before &amp; after”"' in page

    def test_a_short_one_has_addresses_and_no_list(self, client, orders):
        page = html(client, trees.article(orders, "Short", body=self.body((2, "One"), (2, "Two"))))
        assert '<h2 id="one">' in page
        assert "On this page" not in page

    def test_markup_in_a_heading_stays_text(self, client, orders):
        body = [("steps", {"title": '"><img src=x>', "steps": [{"title": "Open it"}]})] * 3
        page = html(client, trees.article(orders, "Odd", body=body))
        assert "<img" not in page
        assert 'href="#img-srcx"' in page


def test_an_alias_names_its_source_as_canonical(client, kb, refund):
    alias = refund.create_alias(parent=kb, update_slug="copy")
    assert f'<link rel="canonical" href="{refund.full_url}">' in html(client, alias)


def test_the_banner_of_a_page_is_its_sites(client, kb, orders, refund):
    for page in (kb, orders, refund):
        assert "<header" not in client.get(page.url).content.decode()


def test_no_script_or_style_stands_in_the_page(client, kb, orders, refund):
    for page in (kb, orders, refund):
        text = html(client, page)
        scripts = re.findall(r"<script(?![^>]*(?:src=|ld\+json))", text)
        assert not scripts
        assert "style=" not in text
        assert "<style" not in text


class TestSwitches:
    def test_switched_off_nothing_answers(self, client, kb, orders, refund):
        switch(enabled=False)
        for page in (kb, orders, refund):
            assert client.get(page.url).status_code == 404
        assert client.post(refund.url, {"helpful": "yes"}).status_code == 404
        assert (
            client.get(reverse("wagtail_escalated:kb_suggestions"), {"q": "refund"}).status_code
            == 404
        )
        asked = {"user": AnonymousUser(), "site": trees.site()}
        assert search_articles("refund", **asked) == []
        assert get_article(refund.pk, **asked) is None
        assert not is_enabled(trees.site())
        assert refund.url not in client.get("/sitemap.xml").content.decode()
        assert not Vote.objects.exists()
        assert not ArticleDay.objects.exists()

    def test_switched_on_again_everything_answers(self, client, refund):
        switch(enabled=False)
        switch(enabled=True)
        assert client.get(refund.url).status_code == 200

    def test_for_those_logged_in(self, client, refund, django_user_model):
        switch(audience="logged_in")
        response = client.get(refund.url)
        assert response.status_code == 302
        assert "next=" in response.url
        assert search_articles("refund", user=AnonymousUser(), site=trees.site()) == []
        field = django_user_model.USERNAME_FIELD
        client.force_login(django_user_model.objects.create_user(**{field: "ann@example.com"}))
        assert client.get(refund.url).status_code == 200

    def test_without_feedback_no_vote_is_asked_for_or_taken(self, client, refund):
        switch(feedback=False)
        assert "Was this article helpful?" not in html(client, refund)
        assert client.post(refund.url, {"helpful": "yes"}).status_code == 404
        assert not Vote.objects.exists()

    def test_without_the_offer_no_link_to_the_form(self, client, refund):
        switch(offer_contact=False)
        assert reverse("wagtail_escalated:ticket_new") not in html(client, refund)


class TestPrivate:
    @pytest.fixture(autouse=True)
    def restriction(self, orders):
        return PageViewRestriction.objects.create(page=orders, restriction_type="login")

    def test_lists_and_counts_leave_it_out(self, client, kb, orders, refund):
        page = html(client, kb)
        assert orders.url not in page
        assert refund.url not in page

    def test_its_alias_elsewhere_asks_for_the_login_too(self, client, kb, refund):
        alias = refund.create_alias(parent=kb, update_slug="copy")
        assert client.get(alias.url).status_code == 302
        assert alias.url not in html(client, kb)

    def test_the_sitemap_leaves_it_and_its_alias_out(self, client, kb, refund):
        alias = refund.create_alias(parent=kb, update_slug="copy")
        sitemap = client.get("/sitemap.xml").content.decode()
        assert kb.url in sitemap
        assert refund.url not in sitemap
        assert alias.url not in sitemap

    def test_an_article_names_those_beside_it_that_one_may_read(self, client, kb):
        for title in ("Opening hours", "Where we are", "Prices of old"):
            trees.article(kb, title)
        hours, place, secret = ArticlePage.objects.child_of(kb).order_by("path")
        PageViewRestriction.objects.create(page=secret, restriction_type="login")
        page = html(client, hours)
        assert f'<a href="{place.url}">Where we are</a>' in page
        assert "Prices of old" not in page

    def test_a_shelf_names_the_first_of_its_articles_that_one_may_read(self, client, kb):
        shelf = trees.category(kb, "Visits")
        articles = [trees.article(shelf, f"Visit {number}") for number in range(6)]
        PageViewRestriction.objects.create(page=articles[0], restriction_type="login")
        page = html(client, kb)
        shown = [one.title for one in articles if one.url in page]
        assert shown == ["Visit 1", "Visit 2", "Visit 3", "Visit 4"]
        assert "5 articles" in page

    def test_a_related_article_is_named_only_to_those_who_may_read_it(self, client, kb, refund):
        body = [("related", {"title": "", "pages": [refund]})]
        public = trees.article(kb, "Public", body=body)
        assert refund.url not in html(client, public)


class TestFeedback:
    def test_a_vote_counts_once_per_visitor(self, client, refund):
        for _ in range(3):
            assert client.post(refund.url, {"helpful": "yes"}).status_code == 302
        assert Vote.objects.get().helpful

    def test_no_is_asked_what_was_missing(self, client, refund):
        client.post(refund.url, {"helpful": "no"})
        assert "What was missing or wrong?" in html(client, refund)
        client.post(refund.url, {"helpful": "no", "comment": "Which address?"})
        assert Vote.objects.get().comment == "Which address?"
        assert "Thank you for telling us." in html(client, refund)

    def test_two_visitors_are_two_votes(self, client, refund):
        from django.test import Client

        client.post(refund.url, {"helpful": "yes"})
        Client().post(refund.url, {"helpful": "no"})
        assert Vote.objects.count() == 2

    @pytest.mark.parametrize("value", ["", "maybe", None])
    def test_anything_else_is_refused(self, client, refund, value):
        assert client.post(refund.url, {"helpful": value} if value else {}).status_code == 400
        assert not Vote.objects.exists()

    def test_a_page_of_another_site_cannot_vote_for_the_visitor(self, refund):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        assert strict.post(refund.url, {"helpful": "yes"}).status_code == 403

    def test_who_voted_is_not_kept(self, client, refund):
        client.post(refund.url, {"helpful": "yes"})
        vote = Vote.objects.get()
        assert client.session.session_key not in vote.visitor


class TestCounts:
    def test_a_view_counts_once_per_visitor(self, client, refund):
        html(client, refund)
        html(client, refund)
        assert ArticleDay.objects.get().views == 1

    def test_searches_results_and_clicks_are_counted_by_question(self, client, kb, refund):
        html(client, kb, q="Refund!")
        html(client, kb, q="refund")
        html(client, refund, q="refund")
        html(client, kb, q="xylophone")
        counts = {
            row.query.strip("!").lower(): (row.searches, row.without_result, row.clicks)
            for row in SearchDay.objects.all()
        }
        assert counts == {"refund": (2, 0, 1), "xylophone": (1, 1, 0)}

    def test_personal_data_typed_into_the_search_is_not_kept(self, client, kb):
        html(client, kb, q="invoice for ann@example.com card 4111 1111 1111 1111")
        kept = SearchDay.objects.get().query
        assert "ann" not in kept
        assert "4111" not in kept

    def test_suggestions_while_typing_count_as_no_search(self, client, refund):
        response = client.get(reverse("wagtail_escalated:kb_suggestions"), {"q": "refu"})
        assert refund.url in response.content.decode()
        assert (
            "<li"
            not in client.get(
                reverse("wagtail_escalated:kb_suggestions"), {"q": "re"}
            ).content.decode()
        )
        assert not SearchDay.objects.exists()


def test_what_a_visitor_searched_and_read_before_writing_is_kept_with_the_ticket(
    client, kb, refund
):
    from tests.factories import make_ticket
    from wagtail_escalated.articles import keep_trail, visitor_trail

    html(client, kb, q="money back")
    html(client, refund)

    class Request:
        session = client.session

    ticket = make_ticket()
    keep_trail(ticket, visitor_trail(Request))
    trail = trail_of(ticket)
    assert [search["query"] for search in trail["searches"]] == ["money back"]
    assert [read["title"] for read in trail["read"]] == ["Get a refund"]
