"""What still uses a row is told before it is deleted, to whom may delete it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_agent, make_department, make_reader, make_ticket, permission_named
from tests.fields import make_field
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import CannedResponse, Macro, SavedView, SLAPolicy, Tag, Workflow

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def told(program, path):
    answer = program.get(f"{path}usage/")
    assert answer.status_code == 200, answer.text
    usages = {row["kind"]: (row["count"], row["effect"]) for row in answer.json()["usages"]}
    return answer.json()["blocked"], usages


def does(action, value):
    return {"version": 1, "actions": [{"action": action, "value": value}]}


def test_a_tag_tells_its_tickets_and_what_names_it(api, agent, manager, sales, client):
    for _number in range(3):
        tickets.add_tags(make_ticket(department=sales), ["fire"], actor=agent.user)
    tag = Tag.objects.get()
    Workflow.objects.create(name="x", events=["created"], actions=does("add_tags", [tag.pk]))
    SavedView.objects.create(name="x", owner=manager, filters={"tags_any": [str(tag.pk)]})
    program, path = api(manager), f"tags/{tag.pk}/"
    blocked, usages = told(program, path)
    assert not blocked
    assert usages["ticket"] == (3, "stays")
    assert (usages["workflow"], usages["savedview"]) == ((1, "breaks"), (1, "breaks"))
    manager.user_permissions.add(permission_named("wagtail_escalated.delete_tag"))
    client.force_login(manager)
    page = client.get(reverse("escalated_tags:delete", args=[tag.pk])).content.decode()
    for row in program.get(f"{path}usage/").json()["usages"]:
        assert row["things"] in page, "as the page says it"


def test_what_keeps_a_department_and_a_field_stands_first_and_is_told_as_blocking(
    api, manager, sales, ticket
):
    program = api(manager)
    answer = program.get(f"departments/{sales.pk}/usage/").json()
    assert answer["blocked"]
    assert answer["usages"][0]["effect"] == "blocks"
    assert program.delete(f"departments/{sales.pk}/").status_code == 409
    field = make_field("Order", "text")
    tickets.set_fields(ticket, {field.key: "47"}, actor=manager)
    path = f"custom-fields/{field.pk}/"
    assert told(program, path) == (False, {"ticket": (1, "goes_along")})
    asked = {"field": f"cf-{field.key}", "operator": "equals", "value": "47"}
    SLAPolicy.objects.create(name="x", for_fields={"version": 1, "conditions": [asked]})
    blocked, usages = told(program, path)
    assert (blocked, usages["slapolicy"]) == (True, (1, "blocks"))


def test_agents_and_canned_responses_tell_what_names_them(api, manager, agent):
    text = CannedResponse.objects.create(title="Hello", body="x")
    Macro.objects.create(name="Greet", actions=does("reply_canned", text.pk))
    Macro.objects.create(name="Give", actions=does("assign", agent.pk))
    program = api(manager)
    assert told(program, f"canned-responses/{text.pk}/")[1]["macro"] == (1, "breaks")
    assert told(program, f"agents/{agent.pk}/")[1]["macro"] == (1, "breaks")


def test_it_is_told_to_whom_may_delete_the_row(api, agent, ann, manager, sales):
    tag = Tag.objects.create(name="fire", key="fire")
    own = CannedResponse.objects.create(title="Own", body="x", owner=agent.user)
    shared = CannedResponse.objects.create(title="Shared", body="x")
    foreign = make_agent(departments=(make_department(),)).user
    reader = make_reader(departments=(sales,)).user
    paths = [f"tags/{tag.pk}", f"canned-responses/{own.pk}", f"canned-responses/{shared.pk}"]
    for user, codes in (
        (None, (401, 401, 401)),
        (ann, (403, 403, 403)),
        (agent, (403, 200, 403)),
        (foreign, (403, 404, 403)),
        (reader, (403, 404, 403)),
        (manager, (200, 404, 200)),
    ):
        program = api(user)
        assert tuple(program.get(f"{path}/usage/").status_code for path in paths) == codes, user
    assert api(manager, scopes=["manage"]).get(f"{paths[0]}/usage/").status_code == 403


def test_many_users_of_it_take_as_many_queries_as_one(api, manager, agent, sales):
    def use(times):
        for _number in range(times):
            tickets.add_tags(make_ticket(department=sales), ["fire"], actor=agent.user)
            pk = Tag.objects.get().pk
            Macro.objects.create(name="x", actions=does("add_tags", [pk]))

    use(1)
    program, path = api(manager), f"tags/{Tag.objects.get().pk}/usage/"
    program.get(path)
    with CaptureQueriesContext(connection) as few:
        program.get(path)
    use(5)
    with CaptureQueriesContext(connection) as many:
        assert program.get(path).json()["usages"][0]["count"] == 6
    assert len(many) == len(few)
