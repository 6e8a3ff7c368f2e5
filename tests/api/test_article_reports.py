"""What editors of the knowledge base are told in the admin, told to their programs."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import GroupPagePermission, Site

from tests.factories import make_reader, permission_named
from tests.kb import trees
from wagtail_escalated.articles import search_articles
from wagtail_escalated.kb import counting
from wagtail_escalated.kb.models import ArticlePage, KnowledgeBaseSettings, SuggestionDay

pytestmark = pytest.mark.django_db
EDITORS = "KB editors"
REPORTS = ("kb/gaps/", "kb/suggestions/")


@pytest.fixture
def kb():
    return trees.knowledge_base()


def let_edit(user, page, codename="change_page"):
    """As a group of editors would."""
    group, _created = Group.objects.get_or_create(name=EDITORS)
    permission = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
    GroupPagePermission.objects.create(group=group, page=page, permission=permission)
    user.groups.add(group)


def asks(query, user):
    search_articles(query, user=user, site=trees.site(), locale="en", source="page")


def test_questions_without_an_answer_are_told_grouped_and_counted(api, agent, ann, kb):
    let_edit(agent.user, kb)
    program = api(agent)
    assert program.get("kb/gaps/").json() == {"site": trees.site().pk, "days": 90, "results": []}
    for query in ("gift wrapping", "gift wrapping", "wrapping of gifts", "opening hours"):
        asks(query, ann)
    first, second = program.get("kb/gaps/").json()["results"]
    assert first == {
        "questions": ["gift wrapping", "wrapping of gifts"],
        "locale": "en",
        "searches": 3,
        "without_result": 3,
        "opened": 0,
        "tickets": 0,
    }
    assert second["questions"] == ["opening hours"]


def test_what_suggestions_spare_is_told_with_its_interval(api, agent, kb):
    let_edit(agent.user, kb)
    site, today, program = trees.site(), timezone.now().date(), api(agent)
    SuggestionDay.objects.create(
        site=site, day=today, held_out=False, asked=80, seen=70, read=40, solved=20, sent=48
    )
    told = program.get("kb/suggestions/").json()
    assert (told["difference"], told["hold_out_percent"]) == (None, 0)
    KnowledgeBaseSettings.objects.update_or_create(site=site, defaults={"hold_out_percent": 10})
    SuggestionDay.objects.create(site=site, day=today, held_out=True, asked=70, sent=56)
    told = program.get("kb/suggestions/").json()
    assert (told["site"], told["days"], told["hold_out_percent"]) == (site.pk, 90, 10)
    steps = {"asked": 80, "seen": 70, "read": 40, "solved": 20, "sent": 48, "abandoned": 12}
    assert told["shown"] == steps
    assert (told["held_out"]["asked"], told["held_out"]["abandoned"]) == (70, 14)
    found = told["difference"]
    # Newcombe 1998, table II, example a.
    rounded = [round(found[name], 2) for name in ("points", "lower", "upper")]
    assert (rounded, found["is_certain"]) == ([20.0, 5.24, 33.39], True)


def test_the_reports_are_for_who_may_edit_pages_whatever_they_are_at_the_desk(
    api, agent, ann, manager, sales, strangers, kb
):
    reader = make_reader(departments=(sales,)).user
    people = {"a customer": ann, "an agent": agent, "a reader": reader, "a manager": manager}
    for path in REPORTS:
        assert api().get(path).status_code == 401
        for who, user in (people | strangers).items():
            assert api(user).get(path).status_code == 403, who
    editor = strangers["an editor"]
    let_edit(manager, kb)
    editor.groups.add(Group.objects.get(name=EDITORS))
    for path in REPORTS:
        for user in (manager, editor):
            assert api(user).get(path).status_code == 200
        assert api(manager, scopes=["write"]).get(path).status_code == 403
    manager.user_permissions.remove(permission_named("wagtailadmin.access_admin"))
    assert api(manager).get(REPORTS[0]).status_code == 403, "the admin is closed to them"


def test_of_each_site_that_has_pages_of_theirs_and_no_other(api, agent, kb):
    let_edit(agent.user, kb.get_parent())
    program, here = api(agent), trees.site()
    other = Site.objects.create(hostname="shop.example.com", root_page=kb)
    counting.count_search("gift wrapping", site=other, locale=kb.locale, source="page", hits=0)
    assert program.get("kb/gaps/").json()["results"] == []
    told = program.get("kb/gaps/", {"site": other.pk}).json()
    assert (told["site"], told["results"][0]["questions"]) == (other.pk, ["gift wrapping"])
    for path in REPORTS:
        assert program.get(path, {"site": here.pk}).json()["site"] == here.pk
        for wrong in ("999999", "x", ""):
            answer = program.get(path, {"site": wrong})
            assert (answer.status_code, list(answer.json())) == (400, ["site"])


def test_many_questions_take_as_many_queries_as_one(api, agent, ann, kb):
    let_edit(agent.user, kb)
    program = api(agent)
    asks("gift wrapping", ann)
    program.get("kb/gaps/")
    with CaptureQueriesContext(connection) as few:
        assert len(program.get("kb/gaps/").json()["results"]) == 1
    for query in ("opening hours", "parking", "vouchers", "catering"):
        asks(query, ann)
    with CaptureQueriesContext(connection) as many:
        assert len(program.get("kb/gaps/").json()["results"]) == 5
    assert len(many) == len(few)


def test_a_draft_is_made_of_a_question_by_who_may_add_pages(api, agent, ann, kb):
    program, sent = api(agent), {"question": "gift wrapping", "locale": "en"}
    assert api().post("kb/gaps/draft/", sent).status_code == 401
    assert api(ann).post("kb/gaps/draft/", sent).status_code == 403
    let_edit(agent.user, kb)
    assert program.post("kb/gaps/draft/", sent).status_code == 403, "they may change, not add"
    assert not ArticlePage.objects.exists()
    let_edit(agent.user, kb, "add_page")
    for name, value in (("locale", "xx"), ("site", 999999), ("question", "")):
        wrong = program.post("kb/gaps/draft/", sent | {name: value})
        assert (wrong.status_code, list(wrong.json())) == (400, [name])
    assert api(agent, scopes=["read"]).post("kb/gaps/draft/", sent).status_code == 403
    made = [
        program.post("kb/gaps/draft/", sent, headers={"Idempotency-Key": "once"})
        for _time in range(2)
    ]
    page = ArticlePage.objects.get()
    assert (page.title, page.live, page.owner) == ("Gift wrapping", False, agent.user)
    assert [answer.status_code for answer in made] == [201, 201]
    assert f"/pages/{page.pk}/edit/" in made[0].json()["url"]
