"""Departments, tags, agents, SLA policies, canned responses and saved views through the API."""

import pytest

from tests.factories import make_agent, make_department, make_manager, make_ticket, make_user
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import (
    AgentProfile,
    CannedResponse,
    Department,
    SavedView,
    SLAPolicy,
    Tag,
    display_name,
)

pytestmark = [pytest.mark.django_db, pytest.mark.services]

NEW = {
    "departments": {"name": "Returns", "slug": "returns"},
    "tags": {"name": "vip", "colour": "#112233"},
    "sla-policies": {
        "name": "Gold",
        "is_default": True,
        "targets": [{"priority": "high", "metric": "first_response", "minutes": 60}],
    },
    "canned-responses": {
        "title": "Hello",
        "body": "Hello {{ requester.first_name }}",
        "shared": True,
    },
    "saved-views": {"name": "Mine", "filters": {"status": ["open"]}, "ordering": "-priority"},
    "contacts": {"name": "Ada", "address": "Ada@Example.com"},
    "organisations": {"name": "Acme", "domains": ["Acme.example", "@acme.example"]},
    "blocked-senders": {"pattern": "@Spam.example"},
    "business-hours": {
        "name": "Weekdays",
        "time_zone": "Europe/Berlin",
        "shifts": [{"weekday": 0, "start": "09:00", "end": "17:00"}],
        "holidays": [{"name": "New Year", "date": "2027-01-01", "yearly": True}],
    },
    "workflows": {
        "name": "Urgent first",
        "events": ["created"],
        "actions": {"actions": [{"action": "priority", "value": "urgent"}]},
    },
    "automations": {
        "name": "Close",
        "actions": {"actions": [{"action": "status", "value": "closed"}]},
    },
    "webhooks": {"name": "Billing", "url": "https://billing.example/hook", "events": ["created"]},
}
CHANGED = {
    "departments": {"description": "What comes back."},
    "tags": {"colour": "#445566"},
    "sla-policies": {"targets": []},
    "canned-responses": {"folder": "Greetings"},
    "saved-views": {"position": 3},
    "contacts": {"name": "Ada Lovelace"},
    "organisations": {"shares_tickets": True},
    "blocked-senders": {"allow": True},
    "business-hours": {"shifts": [{"weekday": 1, "start": "08:00", "end": "12:00"}]},
    "workflows": {"events": ["replied", "merged"]},
    "automations": {"active": False},
    "webhooks": {"payload": "full"},
}


@pytest.mark.parametrize("kind", NEW)
def test_a_manager_reads_adds_changes_and_deletes(api, manager, kind):
    program = api(manager)
    answer = program.post(f"{kind}/", NEW[kind])
    assert answer.status_code == 201, answer.text
    made = answer.json()
    listed = program.get(f"{kind}/").json()
    assert set(listed) == {"next", "previous", "results"}
    assert made["id"] in [row["id"] for row in listed["results"]]
    path = f"{kind}/{made['id']}/"
    changed = program.patch(path, CHANGED[kind])
    assert changed.status_code == 200
    name, value = next(iter(CHANGED[kind].items()))
    assert changed.json()[name] == program.get(path).json()[name] == value
    assert program.delete(path).status_code == 204
    assert program.get(path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "name"),
    [("contacts", "address"), ("organisations", "domains"), ("blocked-senders", "pattern")],
)
def test_addresses_and_domains_are_kept_in_one_way(api, manager, kind, name):
    kept = {
        "address": "ada@example.com",
        "domains": ["acme.example"],
        "pattern": "@spam.example",
    }
    assert api(manager).post(f"{kind}/", NEW[kind]).json()[name] == kept[name]
    if name != "domains":
        again = api(manager).post(f"{kind}/", NEW[kind])
        assert (again.status_code, list(again.json())) == (400, [name])


@pytest.mark.parametrize("kind", ["departments", "tags", "agents", "sla-policies"])
def test_an_agent_reads_and_does_not_change(api, agent, manager, kind):
    if kind in NEW:
        api(manager).post(f"{kind}/", NEW[kind])
    program = api(agent)
    row = program.get(f"{kind}/").json()["results"][0]
    assert program.post(f"{kind}/", NEW.get(kind, {})).status_code == 403
    assert program.patch(f"{kind}/{row['id']}/", {}).status_code == 403
    assert program.delete(f"{kind}/{row['id']}/").status_code == 403


def test_a_customer_reads_the_departments_that_visitors_may_choose(api, ann):
    public = make_department("Public", address="public@example.com")
    make_department("Secret", public=False)
    make_department("Closed", active=False)
    rows = api(ann).get("departments/").json()["results"]
    assert rows == [{"id": public.pk, "name": "Public", "slug": "public", "description": ""}]
    for kind in ("tags", "agents", "sla-policies", "canned-responses", "saved-views", "reports"):
        assert api(ann).get(f"{kind}/").status_code == 403, kind
    assert api(ann).post("departments/", NEW["departments"]).status_code == 403
    assert api().get("departments/").status_code == 401


def test_a_token_without_the_scope_is_refused_what_its_user_may_do(api, manager):
    reading = api(manager, scopes=["read"])
    assert reading.get("tags/").status_code == 200
    assert reading.post("tags/", NEW["tags"]).status_code == 403
    writing = api(manager, scopes=["write"])
    assert writing.get("tags/").status_code == 403
    assert writing.post("tags/", NEW["tags"]).status_code == 403
    assert writing.post("tickets/", {"subject": "x", "description": "y"}).status_code == 201
    assert api(manager, scopes=["manage"]).post("tags/", NEW["tags"]).status_code == 201


def test_a_manager_makes_an_agent_of_whoever_has_access(api, manager, sales):
    able, unable = make_manager("able"), make_user("unable")
    program = api(manager)
    answer = program.post("agents/", {"user": str(able.pk), "departments": [sales.pk]})
    assert answer.status_code == 201
    assert AgentProfile.objects.get(user=able).departments.get() == sales
    for user in (unable.pk, able.pk, 10**30, "nonsense", None, {}):
        refused = program.post("agents/", {"user": user})
        assert (refused.status_code, list(refused.json())) == (400, ["user"]), user


def test_what_is_in_use_is_not_deleted_by_accident(api, manager, agent, ticket, sales):
    program = api(manager)
    tickets.add_tags(ticket, ["fire"], actor=agent.user)
    tag = Tag.objects.get()
    assert program.delete(f"tags/{tag.pk}/").status_code == 409
    assert program.delete(f"tags/{tag.pk}/?even_in_use=true").status_code == 204
    refused = program.delete(f"departments/{sales.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert Department.objects.filter(pk=sales.pk).exists()


def test_a_policy_says_for_which_tickets_it_is_and_is_chosen_by_it(api, manager, sales):
    program = api(manager)
    field = {"name": "Contract", "type": "choice", "choices": [{"label": "Gold"}]}
    contract = program.post("custom-fields/", field).json()
    tag = program.post("tags/", {"name": "vip"}).json()
    asked = {"field": "cf-contract", "operator": "is", "value": [contract["choices"][0]["key"]]}
    sent = {
        "for_departments": [sales.pk],
        "for_types": ["incident"],
        "for_tags": [tag["id"]],
        "for_domains": ["Partner.example", "partner.example", "other.example"],
        "for_fields": {"match": "any", "conditions": [asked]},
    }
    made = program.post("sla-policies/", NEW["sla-policies"] | sent)
    assert made.status_code == 201, made.text
    kept = {
        "for_domains": ["partner.example", "other.example"],
        "for_fields": {"version": 1, **sent["for_fields"]},
    }
    path = f"sla-policies/{made.json()['id']}/"
    answer = program.get(path).json()
    assert {name: answer[name] for name in sent} == sent | kept
    ticket = program.post(
        "tickets/",
        {
            "subject": "It burns",
            "description": "Help.",
            "priority": "high",
            "type": "incident",
            "department": sales.pk,
            "tags": ["vip"],
            "requester": {"email": "ann@shop.partner.example"},
            "fields": {"contract": contract["choices"][0]["key"]},
        },
    )
    assert ticket.status_code == 201, ticket.text
    assert ticket.json()["sla"]["due_at"]
    changed = program.patch(path, {"for_fields": {}, "for_tags": [], "for_domains": []}).json()
    assert (changed["for_fields"], changed["for_tags"], changed["for_domains"]) == ({}, [], [])
    assert changed["for_types"] == ["incident"]


def test_one_default_policy_at_most(api, manager):
    program = api(manager)
    assert program.post("sla-policies/", {"name": "A", "is_default": True}).status_code == 201
    again = program.post("sla-policies/", {"name": "B", "is_default": True})
    assert (again.status_code, list(again.json())) == (400, ["is_default"])
    assert SLAPolicy.objects.count() == 1


def test_a_private_view_is_not_there_for_others_and_a_shared_one_is_read_only(api, agent, manager):
    mine = api(agent).post("saved-views/", {"name": "Mine"}).json()
    shared = api(agent).post("saved-views/", {"name": "Ours", "sharing": "everybody"}).json()
    other = make_agent("other")
    assert [row["name"] for row in api(other).get("saved-views/").json()["results"]] == ["Ours"]
    assert api(other).get(f"saved-views/{mine['id']}/").status_code == 404
    assert api(other).patch(f"saved-views/{shared['id']}/", {"name": "x"}).status_code == 403
    assert api(other).delete(f"saved-views/{shared['id']}/").status_code == 403
    assert api(other).get(f"saved-views/{shared['id']}/").json()["mine"] is False
    twice = api(agent).post("saved-views/", {"name": "Mine"})
    assert (twice.status_code, list(twice.json())) == (400, ["name"])
    assert SavedView.objects.count() == 2
    assert api(manager).patch(f"saved-views/{shared['id']}/", {"name": "x"}).status_code == 403
    assert api(manager).delete(f"saved-views/{mine['id']}/").status_code == 404
    assert api(manager).delete(f"saved-views/{shared['id']}/").status_code == 204
    assert SavedView.objects.count() == 1


def test_agents_keep_their_own_responses_and_managers_the_shared_ones(api, agent, manager):
    own = api(agent).post("canned-responses/", {"title": "A", "body": "b"}).json()
    assert own["shared"] is False
    assert api(make_agent()).get(f"canned-responses/{own['id']}/").status_code == 404
    shared = api(manager).post("canned-responses/", NEW["canned-responses"]).json()
    assert api(agent).get(f"canned-responses/{shared['id']}/").status_code == 200
    assert api(agent).patch(f"canned-responses/{shared['id']}/", {}).status_code == 403
    assert api(agent).patch(f"canned-responses/{own['id']}/", {"shared": True}).status_code == 403
    assert CannedResponse.objects.get(pk=own["id"]).owner == agent.user


def test_reports_count_what_the_caller_sees(api, agent, manager, ticket):
    make_ticket(department=make_department())
    assert api(agent).get("reports/tickets/").json()["created"] == 1
    assert api(manager).get("reports/tickets/").json()["by_status"] == {"open": 2}
    assert api(agent).get("reports/sla/").status_code == 403
    assert "breach_rate" in api(manager).get("reports/sla/").json()
    assert api(agent).get("reports/ratings/").json() == {
        "count": 0,
        "average": None,
        "by_score": {},
    }
    for query in ({"from": "x"}, {"from": "2020-01-01", "to": "2025-01-01"}, {"to": "0001-01-01"}):
        assert api(agent).get("reports/tickets/", query).status_code == 400


def test_managers_read_the_tables_of_their_reports_and_agents_do_not(api, agent, manager, ticket):
    program = api(manager)
    addresses = program.get("reports/").json()["tables"]
    assert api(agent).get("reports/").json()["tables"] == []
    assert len(addresses) > 5
    for address in addresses:
        made = program.get(address).json()
        assert {len(row) for row in made["rows"]} <= {len(made["headings"])}, address
        assert api(agent).get(address).status_code == 403
    departments = program.get("reports/tables/departments/").json()
    assert ticket.department.name in [row[0] for row in departments["rows"]]
    assert program.get("reports/tables/nothing/").status_code == 404
    for query in ({"department": "x"}, {"department": "999999"}, {"from": "x"}):
        wrong = program.get("reports/tables/days/", query)
        assert (wrong.status_code, list(wrong.json())) == (400, list(query))


def test_me_says_who_calls(api, agent, ann, manager):
    assert api(agent).get("me/").json()["agent"] == agent.pk
    assert api(ann, scopes=["read"]).get("me/").json() == {
        "name": display_name(ann),
        "roles": ["copied", "requester"],
        "agent": None,
        "manager": False,
        "scopes": ["read"],
    }
    assert api(manager).get("me/").json()["manager"] is True


def test_each_list_takes_the_same_number_of_queries(api, manager, django_assert_max_num_queries):
    program = api(manager)
    for number in range(30):
        program.post("tags/", {"name": f"tag {number}"})
        make_agent(departments=(make_department(),))
        program.post("contacts/", {"address": f"{number}@example.com"})
        program.post("workflows/", NEW["workflows"])
        program.post("business-hours/", NEW["business-hours"] | {"name": f"hours {number}"})
        program.post("webhooks/", NEW["webhooks"])
    program.post("sla-policies/", NEW["sla-policies"])
    for kind in (
        *("tags", "agents", "departments", "sla-policies", "contacts", "workflows"),
        *("business-hours", "webhooks"),
    ):
        with django_assert_max_num_queries(8):
            assert program.get(f"{kind}/").status_code == 200
