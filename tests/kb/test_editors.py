"""What editors see and do in Wagtail's admin."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page

from tests.factories import make_agent, make_ticket, make_user
from tests.kb import trees
from wagtail_escalated.articles import draft_from_reply, record_citation, search_articles
from wagtail_escalated.kb import counting
from wagtail_escalated.kb.models import ArticlePage, Citation

pytestmark = pytest.mark.django_db


@pytest.fixture
def kb():
    return trees.knowledge_base()


@pytest.fixture
def refund(kb):
    return trees.article(kb, "Get a refund", "Send the parcel back.", summary="Money back.")


@pytest.fixture
def editor(kb):
    user = make_user("edda", permissions=("wagtailadmin.access_admin",))
    group = Group.objects.create(name="KB editors")
    for codename in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.create(group=group, page=kb, permission=permission(codename))
    user.groups.add(group)
    return user


@pytest.fixture
def outsider():
    return make_user("oscar", permissions=("wagtailadmin.access_admin",))


def permission(codename):
    from django.contrib.auth.models import Permission

    return Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)


def html(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_report_names_articles_with_their_figures(client, editor, refund):
    counting.count_view(refund, source="page")
    counting.vote(refund, visitor="a", helpful=False, comment="Too short", source="page")
    client.force_login(editor)
    page = html(client, "escalated_kb_articles_report")
    assert "Get a refund" in page
    for state, seen in (
        ("popular", True),
        ("unhelpful", True),
        ("stale", False),
        ("orphaned", False),
    ):
        page = html(client, "escalated_kb_articles_report", state=state)
        assert ("Get a refund" in page) is seen, state


@pytest.mark.parametrize("order", ["views", "-yes", "title", "review_on"])
def test_the_report_is_sorted_by_each_column(client, editor, refund, order):
    client.force_login(editor)
    html(client, "escalated_kb_articles_report", ordering=order)


def test_the_report_is_exported_without_formulas(client, editor, kb):
    trees.article(kb, "=HYPERLINK(1)")
    client.force_login(editor)
    response = client.get(reverse("escalated_kb_articles_report"), {"export": "csv"})
    text = b"".join(response.streaming_content).decode()
    assert "'=HYPERLINK(1)" in text


def test_who_may_not_edit_sees_neither_report(client, outsider, refund):
    client.force_login(outsider)
    for name in ("escalated_kb_articles_report", "escalated_kb_gaps"):
        response = client.get(reverse(name))
        assert response.status_code == 302, name
        assert "refund" not in response.content.decode()


def search(query, source="page"):
    return search_articles(query, user=make_user(), site=trees.site(), locale="en", source=source)


def test_what_people_do_not_find_is_grouped_with_its_volume(client, editor, refund):
    for query in ("gift vouchers expire", "when do gift vouchers expire", "gift voucher expires"):
        assert search(query) == []
    client.force_login(editor)
    page = html(client, "escalated_kb_gaps")
    assert page.count("Write an article") == 1
    assert '<td data-label="Searches">3</td>' in page


def test_one_click_makes_a_draft_of_a_gap(client, editor, refund):
    client.force_login(editor)
    response = client.post(
        reverse("escalated_kb_draft_from_search"),
        {"query": "gift vouchers expire", "site": trees.site().pk},
    )
    draft = ArticlePage.objects.get(title="Gift vouchers expire")
    assert response.url == reverse("wagtailadmin_pages:edit", args=[draft.pk])
    assert not draft.live
    assert draft.latest_revision is not None
    assert client.get(response.url).status_code == 200


def workflow_of(kb):
    """One task, for one reviewer who is returned."""
    from wagtail.models import GroupApprovalTask, Workflow, WorkflowPage, WorkflowTask

    reviewers = Group.objects.create(name="Reviewers")
    for codename in ("change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=reviewers, page=kb, permission=permission(codename)
        )
    reviewer = make_user("rita", permissions=("wagtailadmin.access_admin",))
    reviewer.groups.add(reviewers)
    task = GroupApprovalTask.objects.create(name="Read it")
    task.groups.add(reviewers)
    workflow = Workflow.objects.create(name="Four eyes")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page=kb)
    return reviewer


def test_a_draft_of_a_gap_enters_the_workflow_unless_that_locks_its_writer_out(client, kb, editor):
    reviewer = workflow_of(kb)
    url = reverse("escalated_kb_draft_from_search")
    client.force_login(editor)
    client.post(url, {"query": "gift vouchers", "site": trees.site().pk})
    draft = ArticlePage.objects.get(title="Gift vouchers")
    assert not draft.workflow_in_progress
    assert "Submit to Four eyes" in html(client, "wagtailadmin_pages:edit", draft.pk)
    reviewer.groups.add(*editor.groups.all())
    client.force_login(reviewer)
    client.post(url, {"query": "opening hours", "site": trees.site().pk})
    assert ArticlePage.objects.get(title="Opening hours").workflow_in_progress


def test_who_may_not_add_pages_makes_no_draft(client, outsider, refund):
    client.force_login(outsider)
    response = client.post(
        reverse("escalated_kb_draft_from_search"), {"query": "x", "site": trees.site().pk}
    )
    assert response.status_code in {302, 403}
    assert ArticlePage.objects.count() == 1


def test_the_edit_page_shows_readers_and_only_tickets_one_may_see(client, editor, refund):
    counting.vote(refund, visitor="a", helpful=False, comment="Too short", source="page")
    ticket = make_ticket(subject="Secret subject")
    record_citation(ticket, refund.pk, actor=None)
    client.force_login(editor)
    page = html(client, "wagtailadmin_pages:edit", refund.pk)
    assert "Too short" in page
    assert "Secret subject" not in page


def test_an_agent_who_may_edit_sees_the_tickets_that_cite_it(client, editor, refund):
    from wagtail_escalated.models import AgentProfile

    editor.user_permissions.add(*make_agent().user.user_permissions.all())
    AgentProfile.objects.create(user=editor)
    record_citation(make_ticket(subject="Secret subject"), refund.pk, actor=editor)
    client.force_login(editor)
    assert "Secret subject" in html(client, "wagtailadmin_pages:edit", refund.pk)


class TestFromReply:
    @pytest.fixture
    def reply(self, django_capture_on_commit_callbacks, editor):
        from wagtail_escalated.actions import messages
        from wagtail_escalated.models import AgentProfile

        editor.user_permissions.add(*make_agent().user.user_permissions.all())
        AgentProfile.objects.create(user=editor)
        ticket = make_ticket(subject="Refund for ann@example.com")
        text = "Dear Ann,\n\nsend it back.\n\n<script>alert(1)</script> Call +49 170 1234567."
        return messages.reply(ticket, body=text, actor=editor)

    def test_its_text_becomes_a_draft_with_personal_data_marked(self, kb, editor, reply):
        draft_from_reply(reply, actor=editor)
        draft = ArticlePage.objects.get()
        assert not draft.live
        assert "[[ann@example.com]]" in draft.title
        body = str(draft.body)
        assert "[[+49 170 1234567]]" in body
        assert "<script>" not in body
        assert Citation.objects.get(page=draft).is_origin

    def test_the_button_at_the_message_leads_to_the_draft(self, client, kb, editor, reply):
        client.force_login(editor)
        button = reverse(
            "wagtail_escalated_admin:ticket_article", args=[reply.ticket.reference, reply.pk]
        )
        assert button in html(client, "wagtail_escalated_admin:ticket", reply.ticket.reference)
        response = client.post(button)
        draft = ArticlePage.objects.get()
        assert response.url == reverse("wagtailadmin_pages:edit", args=[draft.pk])

    def test_the_draft_enters_the_workflow_of_its_tree(self, client, kb, editor, reply):
        reviewer = workflow_of(kb)
        client.force_login(editor)
        client.post(
            reverse(
                "wagtail_escalated_admin:ticket_article", args=[reply.ticket.reference, reply.pk]
            )
        )
        draft = ArticlePage.objects.get()
        assert draft.workflow_in_progress
        assert draft.current_workflow_state.requested_by == editor
        client.force_login(reviewer)
        assert draft.title in html(client, "wagtailadmin_home")

    def test_who_may_not_see_the_ticket_makes_no_draft(self, kb, reply, outsider):
        from django.core.exceptions import PermissionDenied

        with pytest.raises(PermissionDenied):
            draft_from_reply(reply, actor=outsider)
        assert not ArticlePage.objects.exists()

    def test_an_agent_who_may_not_write_articles_makes_no_draft(self, kb, reply):
        from django.core.exceptions import PermissionDenied

        with pytest.raises(PermissionDenied):
            draft_from_reply(reply, actor=make_agent().user)
        assert not ArticlePage.objects.exists()


def test_an_answer_that_links_to_an_article_cites_it(refund, django_capture_on_commit_callbacks):
    from wagtail_escalated.actions import messages

    agent = make_agent()
    ticket = make_ticket()
    with django_capture_on_commit_callbacks(execute=True):
        messages.reply(ticket, body=f"Please read {refund.full_url} first.", actor=agent.user)
    assert Citation.objects.get().page_id == refund.pk


def test_a_cited_article_that_changed_is_told_at_the_ticket(refund):
    from wagtail_escalated.articles import stale_citations

    ticket, agent = make_ticket(), make_agent()
    record_citation(ticket, refund.pk, actor=agent.user)
    assert stale_citations(ticket, user=agent.user) == []
    refund.save_revision().publish()
    assert [one.article.title for one in stale_citations(ticket, user=agent.user)] == [
        "Get a refund"
    ]


class TestComposer:
    """What an agent may put into an answer: ``??`` the article's link, ``???`` what it says."""

    def offered(self, client, ticket, **query):
        url = reverse("wagtail_escalated_admin:ticket_suggest", args=[ticket.reference])
        return client.get(url, query).json()["results"]

    def test_an_article_comes_as_a_link_or_as_its_text(self, client, refund):
        ticket = make_ticket(subject="How do I get a refund?")
        client.force_login(make_agent().user)
        [link] = self.offered(client, ticket, what="article", q="refund")
        assert refund.full_url in link["html"]
        assert "Send the parcel" not in link["html"]
        [text] = self.offered(client, ticket, what="text", q="refund")
        assert text["html"] is None
        [whole] = self.offered(client, ticket, what="text", id=text["id"])
        assert "Send the parcel back." in whole["html"]
        assert refund.full_url in whole["html"]

    @pytest.mark.parametrize("key", ["0", "999999", "9" * 30, "x", "-1"])
    def test_the_text_of_no_article_is_nothing(self, client, refund, key):
        client.force_login(make_agent().user)
        assert self.offered(client, make_ticket(subject="-"), what="text", id=key) == []


class TestSites:
    """An editor of several sites chooses whose readers a report is about."""

    @pytest.fixture
    def other(self):
        from wagtail.models import Site

        root = Page.get_first_root_node().add_child(instance=Page(title="Shop", slug="shop"))
        return Site.objects.create(hostname="shop.example", site_name="Shop", root_page=root)

    def test_the_gaps_of_the_chosen_one_are_shown(self, client, kb, other):
        counting.count_search("gift wrapping", site=other, locale=kb.locale, source="page", hits=0)
        client.force_login(make_user("root", is_superuser=True))
        assert "gift wrapping" not in html(client, "escalated_kb_gaps")
        page = html(client, "escalated_kb_gaps", site=other.pk)
        assert "gift wrapping" in page
        assert f'<option value="{other.pk}" selected>' in page
        assert "Shop" in html(client, "escalated_kb_deflection", site=other.pk)

    @pytest.mark.parametrize("name", ["escalated_kb_gaps", "escalated_kb_deflection"])
    def test_who_edits_no_page_of_a_site_learns_nothing_of_it(
        self, client, editor, kb, other, name
    ):
        counting.count_search("gift wrapping", site=other, locale=kb.locale, source="page", hits=0)
        client.force_login(editor)
        for asked in (other.pk, "", "x"):
            page = html(client, name, site=asked)
            assert "gift wrapping" not in page
            assert "Shop" not in page


def test_the_page_tree_takes_only_what_belongs_there(kb):
    assert ArticlePage not in Page.allowed_subpage_models()
    assert ArticlePage.allowed_subpage_models() == []


class TestExplorer:
    """Wagtail's page explorer below a knowledge base."""

    @pytest.fixture
    def shelf(self, kb):
        from datetime import timedelta

        from django.utils import timezone

        shelf = trees.category(kb, "Orders")
        today = timezone.localdate()
        good = trees.article(shelf, "Good", review_on=today + timedelta(days=9))
        bad = trees.article(shelf, "Bad", review_on=today, maintainer=make_user("mo"))
        trees.article(shelf, "Unread")
        for number in range(4):
            counting.vote(good, visitor=str(number), helpful=number != 3, comment="", source="page")
            counting.vote(bad, visitor=str(number), helpful=number == 3, comment="", source="page")
        return shelf

    def listed(self, client, page, **query):
        response = client.get(reverse("wagtailadmin_explore", args=[page.pk]), query)
        assert response.status_code == 200
        return sorted(one.title for one in response.context["pages"])

    def test_it_shows_how_helpful_each_article_is(self, client, editor, shelf):
        client.force_login(editor)
        page = html(client, "wagtailadmin_explore", shelf.pk)
        assert "75 % of 4 votes" in page
        assert "25 % of 4 votes" in page
        assert "Looked after by" in page

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, ["Bad", "Good", "Unread"]),
            ({"helpful": "half"}, ["Good"]),
            ({"helpful": "less"}, ["Bad"]),
            ({"helpful": "nobody"}, ["Unread"]),
            ({"review": "due"}, ["Bad"]),
            ({"review": "later"}, ["Good"]),
            ({"review": "never"}, ["Unread"]),
        ],
    )
    def test_articles_are_filtered_by_votes_and_review(
        self, client, editor, shelf, query, expected
    ):
        client.force_login(editor)
        assert self.listed(client, shelf, **query) == expected

    def test_articles_are_filtered_by_who_looks_after_them(self, client, editor, shelf):
        client.force_login(editor)
        maintainer = ArticlePage.objects.get(title="Bad").maintainer
        assert self.listed(client, shelf, maintainer=str(maintainer.pk)) == ["Bad"]
        report = client.get(
            reverse("escalated_kb_articles_report"), {"maintainer": str(maintainer.pk)}
        )
        assert [one.title for one in report.context["object_list"]] == ["Bad"]

    def test_categories_stay_in_the_list_and_elsewhere_nothing_changes(
        self, client, editor, kb, shelf
    ):
        client.force_login(editor)
        assert self.listed(client, kb) == ["Orders"]
        editor.is_superuser = True
        editor.save()
        above = html(client, "wagtailadmin_explore", kb.get_parent().pk)
        assert "Looked after by" not in above
        assert client.get(reverse("wagtailadmin_pages:edit", args=[shelf.pk])).status_code == 200

    def test_more_articles_take_no_more_queries(
        self, client, editor, shelf, django_assert_max_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.force_login(editor)
        url = reverse("wagtailadmin_explore", args=[shelf.pk])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        few = len(captured)
        for number in range(12):
            trees.article(shelf, f"Number {number}")
        client.get(url)  # what is kept for a while may have grown old meanwhile
        with django_assert_max_num_queries(few):
            client.get(url)
