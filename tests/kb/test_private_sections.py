"""The matrix of private pages: each door × each way a page can be private × who asks."""

from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from wagtail.models import GroupPagePermission, PageViewRestriction

from tests.factories import make_agent, make_ticket
from tests.kb import trees
from wagtail_escalated.articles import record_citation
from wagtail_escalated.kb.models import Vote

pytestmark = pytest.mark.django_db

SECRET = "Zeppelin discount"
#: No word of the secret's title: a door that repeats the question must not look like a leak.
QUESTION = "the airship rebate for resellers"
SITE = "http://testserver"
WORDS = "Resellers get a rebate on each airship."


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def kb():
    kb = trees.knowledge_base()
    trees.article(kb, "Opening hours", "We open at nine.")
    return kb


def behind_a_category(kb):
    section = trees.category(kb, "Partners")
    return section, trees.article(section, SECRET, WORDS)


def itself(kb):
    page = trees.article(trees.category(kb, "Visits"), SECRET, WORDS)
    return page, page


def alias_elsewhere(kb):
    section, source = behind_a_category(kb)
    public = trees.category(kb, "Visits")
    return section, source.create_alias(parent=public, update_slug="copy")


def below_an_alias(kb):
    section, _ = behind_a_category(kb)
    copy = section.create_alias(parent=kb, recursive=True, update_slug="copy")
    return section, copy.get_children().get().specific


PLACES = [behind_a_category, itself, alias_elsewhere, below_an_alias]
KINDS = [PageViewRestriction.LOGIN, PageViewRestriction.GROUPS, PageViewRestriction.PASSWORD]


@pytest.fixture(params=PLACES, ids=lambda place: place.__name__)
def place(request, kb):
    return request.param(kb)


@pytest.fixture(params=KINDS)
def hidden(request, place):
    section, page = place
    restriction = PageViewRestriction.objects.create(
        page=section, restriction_type=request.param, password="open sesame"
    )
    if request.param == PageViewRestriction.GROUPS:
        restriction.groups.add(Group.objects.create(name="Partners"))
    return page


def get(name, *args, client, page, **query):
    return client.get(reverse(f"wagtail_escalated:{name}", args=args), query)


def the_page(client, page):
    return client.get(page.url)


def the_help_centre(client, page):
    return client.get(trees.site().root_page.get_children().get(slug="help").url)


def its_neighbours(client, page):
    return client.get(page.get_parent().url)


def the_results(client, page):
    return client.get("/help/", {"q": QUESTION})


def the_sitemap(client, page):
    return client.get("/sitemap.xml")


def one_that_links_to_it(client, page):
    kb = trees.site().root_page.get_children().get(slug="help").specific
    body = [("related", {"title": "", "pages": [page]})]
    return client.get(trees.article(kb, "A public one", body=body).url)


def the_article_of_the_widget(client, page):
    return get("widget_article", page.pk, client=client, page=page)


def a_vote_in_the_widget(client, page):
    url = reverse("wagtail_escalated:widget_feedback", args=[page.pk])
    return client.post(url, {"helpful": "yes", "key": "k" * 32}, headers={"Origin": SITE})


def what_the_widget_says_is_read_most(client, page):
    return get("widget_search", client=client, page=page)


DOORS = [
    the_page,
    the_help_centre,
    its_neighbours,
    the_results,
    the_sitemap,
    one_that_links_to_it,
    partial(get, "kb_suggestions", q=QUESTION),
    partial(get, "ticket_suggestions", q=QUESTION),
    partial(get, "widget_search", q=QUESTION),
    what_the_widget_says_is_read_most,
    the_article_of_the_widget,
    a_vote_in_the_widget,
]


def leaks(response) -> bool:
    """Title, words or address: a way in (to the login, for a password) may name what was asked for."""
    if response.status_code in (302, 401, 403, 404):
        return False
    text = response.content.decode()
    if 'name="password"' in text:
        return any(piece in text for piece in (SECRET, WORDS))
    return any(piece in text for piece in (SECRET, "zeppelin-discount", WORDS))


def name_of(door):
    return door.args[0] if isinstance(door, partial) else door.__name__


@pytest.mark.parametrize("door", DOORS, ids=name_of)
def test_no_door_shows_a_stranger_a_private_article(client, hidden, door):
    assert not leaks(door(client=client, page=hidden))
    assert not Vote.objects.exists()


@pytest.mark.parametrize("door", DOORS, ids=name_of)
def test_the_same_door_shows_it_where_nothing_is_private(client, place, door):
    """Else the test above would pass whatever the doors did."""
    _section, page = place
    response = door(client=client, page=page)
    assert leaks(response) or Vote.objects.exists(), response.content


def test_counts_leave_private_articles_out(client, kb):
    section, page = itself(kb)
    assert "1 article" in client.get("/help/").content.decode()
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert "0 articles" in client.get("/help/").content.decode()


class TestInside:
    """Who works at the desk sees what their groups may, no more."""

    @pytest.fixture
    def agent(self):
        return make_agent().user

    @pytest.fixture
    def for_partners(self, place):
        section, page = place
        restriction = PageViewRestriction.objects.create(page=section, restriction_type="groups")
        restriction.groups.add(Group.objects.create(name="Partners"))
        return page

    def seen(self, client, agent, page):
        """Whether each door of the desk shows the article."""
        ticket = make_ticket(subject=QUESTION)
        record_citation(ticket, page.pk, actor=agent)
        source = page.alias_of.specific if page.alias_of_id else page
        source.save_revision().publish()
        of_ticket = partial(reverse, args=[ticket.reference])
        admin = "wagtail_escalated_admin"
        client.force_login(agent)
        found = {
            "composer": client.get(
                of_ticket(f"{admin}:ticket_suggest"), {"what": "article", "q": QUESTION}
            ),
            "its text": client.get(
                of_ticket(f"{admin}:ticket_suggest"), {"what": "text", "id": page.pk}
            ),
            "beside the ticket": client.get(
                reverse(f"{admin}:ticket_about", args=[ticket.reference, "articles"])
            ),
            "cited and changed": client.get(
                reverse(f"{admin}:ticket_about", args=[ticket.reference, "more"])
            ),
            "box of commands": client.get(reverse(f"{admin}:commands"), {"q": QUESTION}),
            "search of the API": client.get(
                reverse("wagtail_escalated:api_articles"), {"q": QUESTION}
            ),
            "article of the API": client.get(
                reverse("wagtail_escalated:api_article", args=[page.pk])
            ),
        }
        return {door: leaks(response) for door, response in found.items()}

    def test_an_agent_of_another_group_sees_it_nowhere(self, client, agent, for_partners):
        assert not any(self.seen(client, agent, for_partners).values())

    def test_an_agent_of_the_group_sees_it_at_each_door(self, client, agent, for_partners):
        agent.groups.add(Group.objects.get(name="Partners"))
        hidden_from = [d for d, seen in self.seen(client, agent, for_partners).items() if not seen]
        assert not hidden_from

    @pytest.mark.parametrize("what", ["article", "text"])
    def test_the_composer_warns_of_what_not_every_customer_can_open(
        self, client, agent, for_partners, what
    ):
        help_centre = trees.site().root_page.get_children().get(slug="help").specific
        public = trees.article(help_centre, "The airship", "Ask us about the rebate.")
        agent.groups.add(Group.objects.get(name="Partners"))
        client.force_login(agent)
        url = reverse(
            "wagtail_escalated_admin:ticket_suggest",
            args=[make_ticket(subject=QUESTION).reference],
        )
        found = client.get(url, {"what": what, "q": QUESTION}).json()["results"]
        warned = {one["id"] for one in found if "not everybody" in one["warning"]}
        assert warned == {one["id"] for one in found if one["title"] == SECRET} != set()
        assert public.pk in {one["id"] for one in found}

    def test_so_does_the_list_beside_the_ticket(self, client, agent, for_partners):
        agent.groups.add(Group.objects.get(name="Partners"))
        client.force_login(agent)
        url = reverse(
            "wagtail_escalated_admin:ticket_about",
            args=[make_ticket(subject=QUESTION).reference, "articles"],
        )
        assert "not everybody can open it" in client.get(url).content.decode()
        PageViewRestriction.objects.all().delete()
        assert "not everybody" not in client.get(url).content.decode()


def test_an_editor_of_another_tree_sees_no_article_of_a_private_one_in_the_reports(client, kb):
    from django.contrib.auth.models import Permission

    section, _page = behind_a_category(kb)
    other = trees.category(kb, "Visits")
    editors = Group.objects.create(name="Editors of visits")
    change = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    GroupPagePermission.objects.create(group=editors, page=other, permission=change)
    user = make_agent().user
    user.groups.add(editors)
    client.force_login(user)
    assert not leaks(client.get(reverse("escalated_kb_articles_report")))
