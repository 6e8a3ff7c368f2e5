"""Each viewset's pages, as manager, agent, editor and stranger."""

import io
import re
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import agent, installed, manager
from tests.factories import make_contact, make_department, make_editor, make_user, system_ticket
from tests.fields import make_field
from tests.rules.made import all_of, any_of, automation, macro, workflow
from wagtail_escalated.actions.rules.checking import Problems
from wagtail_escalated.admin.inbox.preferences import preferences_of
from wagtail_escalated.admin.menu import SupportGroup
from wagtail_escalated.models import (
    Automation,
    BlockedSender,
    BusinessHours,
    CannedResponse,
    Contact,
    Macro,
    Organisation,
    SavedView,
    SLAPolicy,
    Tag,
    Tombstone,
    WebhookEndpoint,
    Workflow,
)

pytestmark = pytest.mark.django_db

VIEWSETS = {viewset.slug: viewset for viewset in SupportGroup().registerables}
PRIORITY = {"version": 1, "actions": [{"action": "priority", "value": "high"}]}
LISTS = ("index", "index_results", "add", "preview", "what_if_new")
ROWS = (
    "edit",
    "delete",
    "history",
    "history_results",
    "inspect",
    "merge",
    "copy",
    "reorder",
    "recompute",
    "holidays",
    "what_if",
    "log",
    "erase",
    "export_data",
)


@pytest.fixture(autouse=True)
def desk(db):
    installed()


def a_row_of(slug, owner):
    department = make_department("Elsewhere")
    other = agent(departments=[department])
    makers = {
        "contacts": lambda: system_ticket(department=department).requester,
        "organisations": lambda: Organisation.objects.create(name="Acme"),
        "canned-responses": lambda: CannedResponse.objects.create(
            title="Hello", body="Hello", owner=other
        ),
        "macros": lambda: Macro.objects.create(name="Hello", actions=PRIORITY, owner=other),
        "workflows": lambda: Workflow.objects.create(
            name="Hello", actions=PRIORITY, events=["created"]
        ),
        "automations": lambda: Automation.objects.create(name="Hello", actions=PRIORITY),
        "departments": lambda: department,
        "agents": lambda: other.escalated_agent,
        "tags": lambda: Tag.objects.first(),
        "custom-fields": lambda: make_field("Device"),
        "sla-policies": lambda: SLAPolicy.objects.get(),
        "business-hours": lambda: BusinessHours.objects.get(),
        "webhooks": lambda: WebhookEndpoint.objects.create(
            name="Elsewhere", url="https://example.org/hook", kinds=["created"]
        ),
        "blocked-senders": lambda: BlockedSender.objects.create(pattern="@example.org"),
    }
    return makers[slug]()


def routes(viewset):
    return {pattern.name for pattern in viewset.get_urlpatterns()}


def url_of(viewset, route, row):
    args = [] if route in LISTS else [row.pk]
    return reverse(viewset.get_url_name(route), args=args)


@pytest.mark.parametrize("slug", VIEWSETS)
def test_every_route_is_known_here(slug):
    assert routes(VIEWSETS[slug]) <= {*LISTS, *ROWS}


@pytest.mark.parametrize("slug", VIEWSETS)
def test_a_manager_gets_every_page(client, slug):
    viewset, user = VIEWSETS[slug], manager()
    client.force_login(user)
    row = a_row_of(slug, user)
    if slug in ("canned-responses", "macros"):
        type(row).objects.filter(pk=row.pk).update(owner=user)
    for route in routes(viewset) - {"reorder"}:
        response = client.get(url_of(viewset, route, row))
        assert response.status_code == 200, route


@pytest.mark.parametrize("slug", VIEWSETS)
def test_an_agent_of_another_department_reaches_no_row_by_any_route(client, slug):
    viewset = VIEWSETS[slug]
    client.force_login(agent(departments=[make_department("Mine")]))
    row = a_row_of(slug, None)
    for route in routes(viewset) & set(ROWS):
        for ask in (client.get, client.post):
            response = ask(url_of(viewset, route, row))
            assert response.status_code in (302, 404, 405), route
            if response.status_code == 302:
                assert response.url == "/admin/", route
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("slug", VIEWSETS)
def test_an_editor_and_an_anonymous_visitor_get_nothing(client, slug):
    viewset, row = VIEWSETS[slug], a_row_of(slug, None)
    for user in (make_editor(), None):
        client.logout()
        if user:
            client.force_login(user)
        for route in routes(viewset):
            response = client.get(url_of(viewset, route, row))
            assert response.status_code in (302, 404, 405), route
            if response.status_code == 302:
                assert response.url == "/admin/" or response.url.startswith("/admin/login/")


def test_an_agent_keeps_their_own_canned_responses_and_reads_the_shared_ones(client):
    mine, other = agent(departments=[make_department("Mine")]), agent()
    client.force_login(mine)
    CannedResponse.objects.create(title="Private of another", body="x", owner=other)
    shared = CannedResponse.objects.create(title="Shared with all", body="x")
    foreign = make_department("Foreign")
    CannedResponse.objects.create(title="Foreign text", body="x", department=foreign)

    created = client.post(
        reverse("escalated_canned_responses:add"),
        {"title": "My own", "body": "Hello {{ requester.first_name }}", "shared": "on"},
    )
    listed = client.get(reverse("escalated_canned_responses:index")).content.decode()

    assert created.status_code == 302
    assert CannedResponse.objects.get(title="My own").owner == mine
    assert "My own" in listed
    assert "Shared with all" in listed
    assert "Private of another" not in listed
    assert "Foreign text" not in listed
    edit = reverse("escalated_canned_responses:edit", args=[shared.pk])
    assert client.get(edit).status_code == 404


@pytest.mark.parametrize("text", ["{{ ticket.secret }}", "{% load x %}", "{{ request.user }}"])
def test_an_unknown_variable_is_an_error_when_saving(client, text):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_canned_responses:add"), {"title": "Hello", "body": f"Hi {text}"}
    )

    assert response.status_code == 200
    assert "There is no such variable" in response.content.decode()
    assert not CannedResponse.objects.exists()


def test_a_department_in_use_says_by_how_many_tickets_and_stays(client):
    client.force_login(manager())
    department = make_department("Sales")
    for _number in range(3):
        system_ticket(department=department)
    url = reverse("escalated_departments:delete", args=[department.pk])

    page = client.get(url).content.decode()
    response = client.post(url)

    assert "“Sales” is used by 3 tickets." in page
    assert "Yes, delete" not in page
    assert response.status_code == 302
    department.refresh_from_db()


def test_a_tag_in_use_says_so_and_is_deleted_when_confirmed(client):
    client.force_login(manager())
    ticket = system_ticket(tags=["bug"])
    tag = Tag.objects.get(name="bug")
    url = reverse("escalated_tags:delete", args=[tag.pk])

    page = client.get(url).content.decode()
    client.post(url)

    assert "“bug” is used by 1 ticket" in page
    assert not ticket.tags.exists()


def test_the_colour_of_a_tag_shows_where_the_tag_stands_beside_its_name(client):
    user = agent("ada")
    client.force_login(user)
    preferences_of(user).save(columns=["tags"])
    ticket = system_ticket(tags=["bug"])
    Tag.objects.filter(name="bug").update(colour="#fffa00")
    inbox = client.get(reverse("wagtail_escalated_admin:inbox"))
    for page in (
        inbox,
        client.get(reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])),
    ):
        shown = re.search(r'<span class="esc-tag">.{,400}|<li class="esc-tag">.{,400}', page.text)
        assert shown and 'fill="#fffa00" stroke="currentColor"' in shown[0]
        assert "bug" in shown[0]


def test_merging_tags_moves_the_tickets(client):
    client.force_login(manager())
    one = system_ticket(tags=["bug"])
    both = system_ticket(tags=["bug", "feedback"])
    tags = {tag.name: tag for tag in Tag.objects.all()}

    response = client.post(
        reverse("escalated_tags:merge", args=[tags["bug"].pk]), {"into": tags["feedback"].pk}
    )

    assert response.status_code == 302
    assert [tag.name for tag in one.tags.all()] == ["feedback"]
    assert [tag.name for tag in both.tags.all()] == ["feedback"]
    assert not Tag.objects.filter(name="bug").exists()


def naming(tag):
    """A workflow, a macro and a view that name it, and a macro that does not."""
    key = str(tag.pk)
    workflow("created", ("priority", "high"), conditions=any_of(all_of(("tags", "any", [key]))))
    macro(("add_tags", [key, str(Tag.objects.exclude(pk=tag.pk).first().pk)]), name="Tags it")
    macro(("priority", "high"), name="Names nothing", department=make_department("No. " + key))
    SavedView.objects.create(owner=make_user(), name="Bugs", filters={"tags_any": [key]})


def test_before_a_tag_is_deleted_the_rules_and_views_that_name_it_are_told(client):
    client.force_login(manager())
    tag = Tag.objects.get(name="bug")
    naming(tag)
    page = client.get(reverse("escalated_tags:delete", args=[tag.pk])).content.decode()
    for used in ("1 macro.", "1 workflow.", "1 saved view."):
        assert f"“bug” is named by {used}" in page


def test_before_a_custom_field_is_deleted_the_rules_that_ask_for_it_are_told(client):
    client.force_login(manager())
    field = make_field("Device")
    automation(all_of((f"cf-{field.key}", "filled")), (f"cf-{field.key}", "phone"))
    filters = {f"cf-{field.key}-contains": ["phone"]}
    SavedView.objects.create(owner=make_user(), name="Phones", filters=filters)
    page = client.get(reverse("escalated_custom_fields:delete", args=[field.pk])).content.decode()
    for used in ("1 automation.", "1 saved view."):
        assert f"“Device” is named by {used}" in page


def test_rules_and_views_that_named_a_merged_tag_name_the_other(client):
    client.force_login(manager())
    tag, into = Tag.objects.get(name="bug"), Tag.objects.get(name="feedback")
    naming(tag)
    client.post(reverse("escalated_tags:merge", args=[tag.pk]), {"into": into.pk})
    rules = [*Workflow.objects.all(), *Macro.objects.all()]
    assert [Problems().of(rule) for rule in rules] == [[], [], []]
    assert str(into.pk) in str(Workflow.objects.get().conditions)
    assert SavedView.objects.get().filters["tags_any"] == [str(into.pk)]
    ticket = system_ticket(tags=["feedback"])
    assert str(into.pk) in str(Macro.objects.get(name="Tags it").actions)
    assert ticket.tags.get() == into


def test_a_manager_erases_a_contact_who_is_named_twice(client):
    client.force_login(manager())
    ticket = system_ticket(requester=make_contact("zelda@example.net", "Zelda"))
    contact = ticket.requester
    erase = reverse("escalated_contacts:erase", args=[contact.pk])
    assert f'href="{erase}"' in client.get(reverse("escalated_contacts:index")).content.decode()
    page = client.get(erase).content.decode()
    assert "Deleted: 1 ticket, 0 messages in other tickets, 0 letters." in page
    wrong = client.post(erase, {"address": "other@example.net"}).content.decode()
    assert "This is not the address of this contact." in wrong
    assert Contact.objects.filter(pk=contact.pk).exists()
    done = client.post(erase, {"address": " Zelda@Example.net "}, follow=True).content.decode()
    assert "Erased: 1 ticket" in done
    assert not Contact.objects.filter(address="zelda@example.net").exists()
    assert Tombstone.objects.get().reference == ticket.reference


def test_a_manager_downloads_what_is_kept_about_a_contact(client):
    client.force_login(manager())
    contact = system_ticket(subject="Kettle", requester=make_contact("z@example.net")).requester
    response = client.get(reverse("escalated_contacts:export_data", args=[contact.pk]))
    assert "attachment" in response["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert b"Kettle" in archive.read("contact.json")


def policy_form(**changes):
    return {"name": "Gold", "active": "on", "sort_order": "0", "pause_statuses": []} | changes


def test_a_policy_is_written_as_a_table_of_durations(client):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_sla_policies:add"),
        policy_form(
            target_urgent_first_response="1h 30m",
            business_urgent_first_response="on",
            target_urgent_resolution="1 Day",
            target_high_resolution="1h30min",
            target_low_resolution="2 hours 5 minutes",
        ),
    )

    assert response.status_code == 302
    targets = {
        (t.get_priority_display(), t.metric): (t.minutes, t.business_time)
        for t in SLAPolicy.objects.get(name="Gold").targets.all()
    }
    assert targets == {
        ("Urgent", "first_response"): (90, True),
        ("Urgent", "resolution"): (1440, False),
        ("High", "resolution"): (90, False),
        ("Low", "resolution"): (125, False),
    }


def test_a_changed_policy_keeps_the_targets_that_stay(client):
    client.force_login(manager())
    policy = SLAPolicy.objects.get()
    before = {(t.priority, t.metric): t.pk for t in policy.targets.all()}
    url = reverse("escalated_sla_policies:edit", args=[policy.pk])
    form = client.get(url).context["form"]
    data = {
        name: "on" if value is True else value
        for name in form.fields
        if (value := form[name].value()) is not None and value is not False
    }
    data["target_urgent_resolution"] = ""

    response = client.post(url, data)

    assert response.status_code == 302, response.context["form"].errors
    after = {(t.priority, t.metric): t.pk for t in policy.targets.all()}
    assert len(after) == 14
    assert after.items() <= before.items()


@pytest.mark.parametrize(
    "text", ["soon", "-5m", "400d", "0", "2 weeks", "1 month", "4 Std", "1.5h", "9" * 30]
)
def test_a_duration_that_is_none_is_a_clear_error(client, text):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_sla_policies:add"), policy_form(target_low_resolution=text)
    )

    assert response.status_code == 200
    assert response.context["form"].errors["target_low_resolution"]


def test_an_address_is_no_domain_and_the_field_says_what_is(client):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_sla_policies:add"), policy_form(for_domains="a.example\n@b.example")
    )

    assert "“@b.example” is not a domain" in response.context["form"].errors["for_domains"][0]


def test_a_second_default_policy_is_refused(client):
    client.force_login(manager())

    response = client.post(reverse("escalated_sla_policies:add"), policy_form(is_default="on"))

    assert "Another policy is the default one already" in response.content.decode()


def hours_form(shifts=(), **changes):
    data = {
        "name": "Night shift",
        "time_zone": "Europe/Berlin",
        "shifts-TOTAL_FORMS": str(len(shifts)),
        "shifts-INITIAL_FORMS": "0",
        "holidays-TOTAL_FORMS": "0",
        "holidays-INITIAL_FORMS": "0",
    }
    for number, (weekday, start, end) in enumerate(shifts):
        data |= {
            f"shifts-{number}-weekday": weekday,
            f"shifts-{number}-start": start,
            f"shifts-{number}-end": end,
        }
    return data | changes


def test_business_hours_over_midnight_are_saved(client):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_business_hours:add"), hours_form([(0, "22:00", "06:00")])
    )

    assert response.status_code == 302
    assert BusinessHours.objects.get(name="Night shift").shifts.count() == 1


def test_hours_that_never_open_are_refused(client):
    client.force_login(manager())

    response = client.post(reverse("escalated_business_hours:add"), hours_form())

    assert "These hours never open." in response.content.decode()
    assert not BusinessHours.objects.filter(name="Night shift").exists()


def test_shifts_that_overlap_are_refused_by_name(client):
    client.force_login(manager())

    response = client.post(
        reverse("escalated_business_hours:add"),
        hours_form([(0, "22:00", "06:00"), (1, "05:00", "09:00")]),
    )

    page = response.content.decode()
    assert "Two shifts are open at the same time" in page
    assert "Tuesday 05:00–09:00" in page


def test_an_agent_is_made_of_a_user_with_access(client):
    client.force_login(manager())
    department = make_department("Sales")
    user, stranger = make_editor("ed"), make_user("stranger")
    url = reverse("escalated_agents:add")

    choices = list(client.get(url).context["form"].fields["user"].queryset)
    response = client.post(
        url,
        {"user": user.pk, "active": "on", "departments": [department.pk], "after_send": "next"},
    )

    assert user in choices
    assert stranger not in choices
    assert response.status_code == 302
    assert list(user.escalated_agent.departments.all()) == [department]


def test_exports_are_text_to_a_spreadsheet(client):
    client.force_login(manager())
    make_contact("evil@example.net", name='=HYPERLINK("http://evil")')

    response = client.get(reverse("escalated_contacts:index") + "?export=csv")

    text = b"".join(response.streaming_content).decode()
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text


def test_agents_read_about_contacts_whose_tickets_they_may_see(client):
    mine = make_department("Mine")
    client.force_login(agent(departments=[mine]))
    known = system_ticket(department=mine, requester=make_contact("known@example.net")).requester
    system_ticket(department=make_department("Other"), requester=make_contact("other@example.net"))

    page = client.get(reverse("escalated_contacts:index")).content.decode()
    inspected = client.get(reverse("escalated_contacts:inspect", args=[known.pk]))
    edited = client.get(reverse("escalated_contacts:edit", args=[known.pk]))

    assert "known@example.net" in page
    assert "other@example.net" not in page
    assert inspected.status_code == 200
    assert edited.status_code in (302, 404)


def test_cells_bring_the_names_of_their_columns_for_windows_without_room_for_a_head(client):
    client.force_login(manager())
    make_contact("vera@example.net")
    listed = client.get(reverse("escalated_contacts:index")).content.decode()
    assert re.search(r'<td data-label="Email address"[^>]*>\s*vera@example.net', listed)
    # The name is told by what it is, and nothing is said of what there is not.
    assert 'data-label="Name"' not in listed
    assert 'data-label="Organisation"' not in listed


@pytest.mark.parametrize("slug", ["tags", "departments", "agents", "contacts"])
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(client, slug):
    user = manager()
    client.force_login(user)
    url = reverse(VIEWSETS[slug].get_url_name("index"))

    def add(count):
        for _number in range(count):
            Tag.objects.create(name=f"tag {Tag.objects.count()}")
            department = make_department()
            agent(departments=[department])
            make_contact()

    def queries():
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(url)
        return len(captured)

    add(3)
    few = queries()
    add(20)
    assert queries() == few


def test_departments_are_put_in_order_whether_or_not_they_had_a_place(client):
    client.force_login(manager())
    first, second, third = (make_department(name) for name in ("One", "Two", "Three"))
    url = reverse("escalated_departments:reorder", args=[third.pk])

    response = client.post(f"{url}?position=0")

    assert response.status_code == 200
    names = [department.name for department in type(first).objects.all()]
    assert names == ["Three", "One", "Two"]
