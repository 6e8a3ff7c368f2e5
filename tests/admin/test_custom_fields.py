"""Custom fields at the desk: made by a manager, filled in, asked for and found by agents."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.admin.people import agent, installed, manager
from tests.admin.test_ticket import draftail
from tests.fields import make_field
from wagtail_escalated import custom_values
from wagtail_escalated.actions import tickets
from wagtail_escalated.models import CustomField, EventKind, SavedView, SLAPolicy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(db):
    installed()


@pytest.fixture
def sales():
    return factories.make_department("Sales")


@pytest.fixture
def ben(sales):
    return agent("ben", departments=[sales])


@pytest.fixture
def ticket(sales):
    return factories.make_ticket(department=sales)


@pytest.fixture
def desk_client(client, ben):
    client.force_login(ben)
    return client


def change(client, ticket, what, **data):
    url = reverse("wagtail_escalated_admin:ticket_change", args=[ticket.reference, what])
    return client.post(url, data, follow=True)


def page_of(client, ticket):
    url = reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])
    return client.get(url).content.decode()


def said(ticket):
    return {row.field.key: row.text for row in custom_values.of_ticket(ticket)}


def form_of(answers=(), **data):
    rows = {
        f"choices-{number}-{name}": value
        for number, label in enumerate(answers)
        for name, value in (("label", label), ("ORDER", str(number + 1)), ("id", ""))
    }
    management = {
        "choices-TOTAL_FORMS": len(answers),
        "choices-INITIAL_FORMS": 0,
        "choices-MIN_NUM_FORMS": 0,
        "choices-MAX_NUM_FORMS": 1000,
    }
    return {"help_text": "", "key": "", "active": "on", **data, **rows, **management}


def test_a_manager_defines_a_field_with_answers(client):
    client.force_login(manager())
    sent = form_of(["Laptop", "Phone"], name="Device", type="choice", required_to_resolve="on")
    response = client.post(reverse("escalated_custom_fields:add"), sent)
    assert response.status_code == 302, response.context["form"].errors
    field = CustomField.objects.get()
    assert (field.key, field.required_to_resolve) == ("device", True)
    assert [choice.key for choice in field.choices.all()] == ["laptop", "phone"]
    assert "Device" in client.get(reverse("escalated_custom_fields:index")).content.decode()


@pytest.mark.parametrize(
    "sent, sentence",
    [
        (form_of([], name="Device", type="choice"), "Add at least one answer below."),
        (form_of(["A"], name="Device", type="text"), "Only a choice has answers."),
        (form_of(["A", " a"], name="Device", type="choice"), "There is such an answer already."),
        (form_of([], name="Device", type="text", key="9 lives"), "begin with a letter"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_at_the_field(client, sent, sentence):
    client.force_login(manager())
    page = client.post(reverse("escalated_custom_fields:add"), sent).content.decode()
    assert sentence in page
    assert not CustomField.objects.exists()


def test_a_field_with_values_keeps_its_type_and_its_answers(client, ticket, ben):
    field = make_field("Device", "choice", answers=["Laptop", "Phone"])
    tickets.set_field(ticket, "device", "laptop", actor=ben)
    client.force_login(manager())
    laptop = field.choices.first()
    retyped = client.post(
        reverse("escalated_custom_fields:edit", args=[field.pk]),
        form_of([], name="Device", type="text"),
    )
    assert "its type has to stay" in retyped.content.decode()
    sent = form_of([], name="Device", type="choice") | {
        "choices-TOTAL_FORMS": 1,
        "choices-INITIAL_FORMS": 1,
        "choices-0-id": laptop.pk,
        "choices-0-label": "Laptop",
        "choices-0-ORDER": 1,
        "choices-0-DELETE": "on",
    }
    page = client.post(reverse("escalated_custom_fields:edit", args=[field.pk]), sent)
    assert "cannot be removed: 1 ticket has it." in page.content.decode()
    field.refresh_from_db()
    assert field.type == "choice" and field.choices.count() == 2


def test_deleting_a_field_says_how_many_tickets_have_it_and_takes_the_values_along(
    client, ticket, ben
):
    field = make_field("Parts", "several", answers=["Screen", "Keyboard"])
    tickets.set_field(ticket, "parts", ["screen", "keyboard"], actor=ben)
    client.force_login(manager())
    url = reverse("escalated_custom_fields:delete", args=[field.pk])
    assert "Deleted with it: 1 ticket’s value" in client.get(url).content.decode().replace(
        "&#x27;", "’"
    )
    assert client.post(url).status_code == 302
    assert said(ticket) == {}
    assert "set “Parts” to Screen, Keyboard" in page_of(client, ticket)


def test_a_field_that_an_sla_policy_asks_for_is_not_deleted(client):
    field = make_field("Plan", "choice", answers=["Gold"])
    asked = {"field": "cf-plan", "operator": "is", "value": [field.choices.get().key]}
    SLAPolicy.objects.update(for_fields={"match": "all", "conditions": [asked]})
    client.force_login(manager())
    url = reverse("escalated_custom_fields:delete", args=[field.pk])
    assert "is used by 1 SLA policy" in client.get(url).content.decode()
    client.post(url)
    assert CustomField.objects.filter(pk=field.pk).exists()


@pytest.mark.parametrize(
    "type_, value, shown",
    [
        ("text", "4711 <b>", "4711 &lt;b&gt;"),
        ("number", "2.50", "2.5"),
        ("date", "2026-05-01", "2026-05-01"),
        ("yes_no", "true", "Yes"),
        ("choice", "laptop", "Laptop"),
        ("several", ["laptop", "phone"], "Laptop, Phone"),
    ],
)
def test_an_agent_fills_in_a_field_at_the_ticket_and_takes_it_back(
    desk_client, ticket, type_, value, shown
):
    answers = ["Laptop", "Phone"] if type_ in ("choice", "several") else []
    make_field("Thing", type_, answers=answers)
    before = ticket.version
    response = change(desk_client, ticket, "field", key="thing", value=value)
    ticket.refresh_from_db()
    assert ticket.version == before + 1
    assert shown in response.content.decode()
    assert ticket.events.filter(kind=EventKind.FIELD).count() == 1
    assert "set “Thing” to" in response.content.decode()

    again = change(desk_client, ticket, "field", key="thing", value=value)
    assert ticket.events.filter(kind=EventKind.FIELD).count() == 1, again

    [message] = list(response.context["messages"])
    undo = str(message).split('href="')[1].split('"')[0]
    desk_client.post(undo)
    assert said(ticket) == {"thing": ""}


@pytest.mark.parametrize(
    "type_, value, sentence",
    [
        ("number", "many", "Write a number"),
        ("number", "1e30", "Write a number"),
        ("date", "2026-02-30", "Write a date"),
        ("yes_no", "perhaps", "Say yes or no."),
        ("choice", "fridge", "“fridge” is none of the answers."),
        ("text", "x" * 501, "Write at most 500 characters."),
    ],
)
def test_a_value_that_is_none_is_refused_with_a_sentence(
    desk_client, ticket, type_, value, sentence
):
    make_field("Thing", type_, answers=["Laptop"] if type_ == "choice" else [])
    page = change(desk_client, ticket, "field", key="thing", value=value).content.decode()
    assert sentence in page
    assert said(ticket) == {"thing": ""}
    assert not ticket.events.filter(kind=EventKind.FIELD).exists()


def test_a_field_of_another_department_is_not_for_this_ticket_but_its_value_stays_when_it_moves(
    desk_client, ticket, ben, sales
):
    repairs = factories.make_department("Repairs")
    make_field("Serial", "text", departments=[repairs])
    make_field("Order", "text", departments=[sales])
    page = change(desk_client, ticket, "field", key="serial", value="S1").content.decode()
    assert "Tickets of this department have no field “Serial”." in page
    tickets.set_field(ticket, "order", "4711", actor=ben)
    tickets.set_department(ticket, None, actor=ben)
    assert said(ticket) == {"order": "4711"}
    assert "4711" in page_of(desk_client, ticket)


def test_a_stranger_and_a_reader_change_nothing(client, ticket, sales):
    make_field("Order", "text")
    client.force_login(factories.make_reader(departments=(sales,)).user)
    change(client, ticket, "field", key="order", value="1")
    client.force_login(agent("foreign", departments=[factories.make_department("Other")]))
    assert change(client, ticket, "field", key="order", value="1").status_code == 404
    assert said(ticket) == {"order": ""}


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_resolving_is_refused_with_the_fields_name_until_it_is_filled_in(
    desk_client, ticket, status
):
    make_field("Root cause", "text", required_to_resolve=True)
    page = change(desk_client, ticket, "status", status=status).content.decode()
    assert "Fill in the field “Root cause” before you resolve this ticket." in page
    ticket.refresh_from_db()
    assert ticket.is_open
    change(desk_client, ticket, "field", key="root_cause", value="A loose cable")
    change(desk_client, ticket, "status", status=status)
    ticket.refresh_from_db()
    assert ticket.status == status


def test_a_reply_that_resolves_is_refused_too_and_its_text_stays(desk_client, ticket):
    make_field("Root cause", "text", required_to_resolve=True)
    url = reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])
    response = desk_client.post(
        url,
        {
            "composer-kind": "reply",
            "composer-body": draftail("Done and dusted"),
            "composer-then": "resolve",
        },
    )
    assert response.status_code == 422
    assert "Fill in the field “Root cause”" in response.content.decode()
    assert not ticket.replies.exists()


def test_many_at_once_name_each_that_lacks_the_field(desk_client, ticket, sales, ben):
    make_field("Root cause", "text", required_to_resolve=True)
    other = factories.make_ticket(department=sales)
    tickets.set_field(other, "root_cause", "Rain", actor=ben)
    response = desk_client.post(
        reverse("wagtail_escalated_admin:inbox_bulk"),
        {"do": "status:resolved", "ticket": [ticket.reference, other.reference]},
    )
    page = response.content.decode()
    assert "Fill in the field “Root cause”" in page and ticket.reference in page
    other.refresh_from_db()
    assert other.status == "resolved"


def test_a_customer_closes_without_it_and_a_merge_needs_none(ticket, ben):
    make_field("Root cause", "text", required_to_resolve=True)
    other = factories.make_ticket(requester=ticket.requester, department=ticket.department)
    tickets.merge(other, ticket, actor=ben)
    tickets.set_status(ticket, "closed", actor=ticket.requester)
    assert {ticket.status, other.status} == {"closed"}


def test_a_split_ticket_begins_with_the_same_values(ticket, ben):
    from wagtail_escalated.actions import messages

    make_field("Order", "text")
    tickets.set_field(ticket, "order", "4711", actor=ben)
    reply = messages.reply(ticket, body="Something else", actor=ticket.requester)
    assert said(tickets.split(ticket, reply, actor=ben)) == {"order": "4711"}


def test_the_ticket_page_takes_as_many_queries_for_twenty_fields_as_for_one(
    desk_client, ticket, ben
):
    def queries():
        page_of(desk_client, ticket)
        with CaptureQueriesContext(connection) as captured:
            page_of(desk_client, ticket)
        return len(captured)

    make_field("Field 0", "choice", answers=["A", "B"])
    tickets.set_field(ticket, "field_0", "a", actor=ben)
    few = queries()
    for number in range(1, 20):
        make_field(f"Field {number}", "several", answers=["A", "B"])
        tickets.set_field(ticket, f"field_{number}", ["a", "b"], actor=ben)
    assert queries() == few <= 22


def test_a_change_of_a_field_makes_at_most_twelve_queries(
    ticket, ben, django_assert_max_num_queries
):
    make_field("Device", "choice", answers=["Laptop", "Phone"])
    tickets.set_field(ticket, "device", "laptop", actor=ben)
    with django_assert_max_num_queries(12):
        tickets.set_field(ticket, "device", "phone", actor=ben)


# The inbox


def found(client, query):
    response = client.get(f"/admin/support/inbox/?{query}&page_size=100")
    assert response.status_code == 200
    return {row.ticket.reference for row in response.context["rows"]}


@pytest.fixture
def filled(sales, ben):
    """Three tickets: two with values, one without."""
    make_field("Device", "choice", answers=["Laptop", "Phone"])
    make_field("Parts", "several", answers=["Screen", "Keyboard"])
    make_field("Order", "text")
    make_field("Cost", "number")
    make_field("Bought", "date")
    make_field("Warranty", "yes_no")
    one, two, three = (factories.make_ticket(department=sales) for _ in range(3))
    tickets.set_fields(
        one,
        {
            "device": "laptop",
            "parts": ["screen", "keyboard"],
            "order": "Über-4711",
            "cost": "9.5",
            "bought": "2026-01-31",
            "warranty": True,
        },
        actor=ben,
    )
    tickets.set_fields(
        two,
        {"device": "phone", "parts": ["screen"], "cost": "100", "warranty": "no"},
        actor=ben,
    )
    return one.reference, two.reference, three.reference


@pytest.mark.parametrize(
    "query, which",
    [
        ("cf-device=laptop", {0}),
        ("cf-device=laptop&cf-device=phone", {0, 1}),
        ("cf-device=none", {2}),
        ("cf-device=none&cf-device=phone", {1, 2}),
        ("cf-parts=keyboard", {0}),
        ("cf-parts=screen&cf-device=phone", {1}),
        ("cf-order-contains=über-47", {0}),
        ("cf-order-contains=%25", set()),
        ("cf-cost-from=9.5&cf-cost-to=10", {0}),
        ("cf-cost-from=9.6", {1}),
        ("cf-bought-from=2026-01-31&cf-bought-to=2026-01-31", {0}),
        ("cf-bought-to=2026-01-30", set()),
        ("cf-warranty-is=true", {0}),
        ("cf-warranty-is=false", {1}),
        ("cf-gone=x", set()),
        ("cf-gone=none", set()),
        ("cf-cost-from=many", {0, 1, 2}),
        ("cf-cost-from=NaN&cf-device=%00&cf-=x&cf-cost-near=3", {0, 1, 2}),
    ],
)
def test_the_inbox_is_narrowed_by_each_type_of_field(desk_client, filled, query, which):
    assert found(desk_client, query) == {filled[number] for number in which}


def test_the_filters_offer_each_field_and_a_pill_names_what_is_chosen(desk_client, filled):
    panel = desk_client.get("/admin/support/inbox/filters/?cf-device=laptop").content.decode()
    for name in ("cf-parts", "cf-order-contains", "cf-cost-from", "cf-bought-to", "cf-warranty-is"):
        assert f'name="{name}"' in panel
    assert 'value="laptop" checked' in panel
    page = desk_client.get("/admin/support/inbox/?cf-device=laptop&cf-gone=x")
    told = {(pill.label, pill.value) for pill in page.context["pills"]}
    assert told == {("Device", "Laptop"), ("gone (there is no such field)", "x")}


def test_a_field_of_a_department_that_the_agent_does_not_see_is_no_filter(desk_client):
    make_field("Secret plan", "text", departments=[factories.make_department("Board")])
    assert "Secret plan" not in desk_client.get("/admin/support/inbox/filters/").content.decode()


def test_a_saved_view_keeps_its_conditions_on_fields(desk_client, filled, ben):
    query = "cf-device=laptop&cf-cost-from=9"
    desk_client.post(
        f"/admin/support/views/new/?{query}", {"name": "Laptops", "sharing": "private"}
    )
    view = ben.escalated_views.get()
    assert view.filters == {"version": 1, "cf-cost-from": ["9"], "cf-device": ["laptop"]}
    response = desk_client.get(f"/admin/support/inbox/?view={view.pk}&{query}")
    [shown] = response.context["rows"]
    assert shown.ticket.reference == filled[0]
    assert response.context["current"].counts[str(view.pk)] == 1


def test_the_export_has_a_column_for_each_field_and_every_row(desk_client, filled, sales, ben):
    for _number in range(30):
        factories.make_ticket(department=sales)
    other = factories.make_ticket(department=sales)
    tickets.set_field(other, "order", "=1+1", actor=ben)

    def rows():
        response = desk_client.get("/admin/support/inbox/?open=true&export=csv")
        return list(csv.DictReader(io.StringIO(response.getvalue().decode())))

    table = rows()
    assert len(table) == 34
    one = next(row for row in table if row["Reference"] == filled[0])
    assert (one["Device"], one["Parts"]) == ("Laptop", "Screen, Keyboard")
    assert (one["Cost"], one["Bought"], one["Warranty"]) == ("9.5", "2026-01-31", "Yes")
    assert "'=1+1" in {row["Order"] for row in table}
    sheet = desk_client.get("/admin/support/inbox/?open=true&export=xlsx")
    cells = openpyxl.load_workbook(io.BytesIO(sheet.getvalue())).active
    heads = [cell.value for cell in cells[1]]
    costs = [row[heads.index("Cost")].value for row in cells.iter_rows(min_row=2)]
    assert 9.5 in costs and 100 in costs


def test_an_export_takes_as_many_queries_for_many_rows_and_fields_as_for_few(
    desk_client, sales, ben
):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            desk_client.get("/admin/support/inbox/?open=true&export=csv").getvalue()
        return len(captured)

    make_field("Field 0", "choice", answers=["A"])
    tickets.set_field(factories.make_ticket(department=sales), "field_0", "a", actor=ben)
    queries()
    few = queries()
    for number in range(1, 6):
        make_field(f"Field {number}", "choice", answers=["A"])
        for _number in range(3):
            ticket = factories.make_ticket(department=sales)
            tickets.set_field(ticket, f"field_{number}", "a", actor=ben)
    assert queries() == few


class TestColumns:
    @pytest.fixture(autouse=True)
    def answered(self, sales, ticket, ben, desk_client):
        make_field("Device", "several", answers=["Laptop", "Phone"])
        make_field("Bought", "date")
        tickets.set_field(ticket, "device", ["laptop", "phone"], actor=ben)
        factories.make_ticket(department=sales)

    def choose(self, client, *columns):
        url = reverse("wagtail_escalated_admin:inbox_preferences")
        data = {"density": "compact", "page_size": 25, "after_send": "stay"}
        return client.post(url, {**data, "columns": ["status", *columns]})

    def inbox(self, client, **query):
        return client.get(reverse("wagtail_escalated_admin:inbox"), query)

    def test_a_field_is_chosen_as_a_column_and_shown_in_each_row(self, desk_client, ticket):
        assert (
            "Device"
            in desk_client.get(
                reverse("wagtail_escalated_admin:inbox_preferences")
            ).content.decode()
        )
        assert self.choose(desk_client, "custom:device").status_code == 302
        page = self.inbox(desk_client)
        assert "Device</th>" in "".join(page.content.decode().split()).replace("</a>", "")
        said = '<span dir="auto">Laptop, Phone</span></td>'
        cell = f'<td class="esc-col-custom" data-label="Device:">{said}'
        assert page.content.decode().count(cell) == 1
        changed = desk_client.get(
            reverse("wagtail_escalated_admin:inbox_rows"), {"ref": ticket.reference}
        ).json()
        assert cell in changed["rows"][ticket.reference]

    def test_a_saved_view_keeps_it(self, desk_client, ben):
        self.choose(desk_client, "custom:bought")
        url = reverse("wagtail_escalated_admin:view_new") + "?open=true"
        desk_client.post(url, {"name": "Bought", "sharing": "private"})
        self.choose(desk_client)
        view = SavedView.objects.get()
        assert view.columns == ["status", "custom:bought"]
        assert "esc-col-custom" in self.inbox(desk_client, view=view.pk).content.decode()
        assert "esc-col-custom" not in self.inbox(desk_client, view="all").content.decode()

    def test_one_that_is_gone_is_left_out(self, desk_client):
        self.choose(desk_client, "custom:device")
        CustomField.objects.filter(key="device").update(active=False)
        page = self.inbox(desk_client)
        assert page.status_code == 200
        assert "esc-col-custom" not in page.content.decode()

    def test_one_of_another_department_cannot_be_chosen(self, desk_client, ben):
        other = make_field("Salary", "text")
        other.departments.add(factories.make_department("Staff"))
        assert "Salary" not in self.choose(desk_client, "custom:salary").content.decode()
        ben.escalated_agent.refresh_from_db()
        assert "salary" not in str(ben.escalated_agent.preferences)

    def test_rows_and_fields_cost_no_query_each(self, desk_client, sales, ben):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.inbox(desk_client)
            return len(captured)

        self.choose(desk_client, "custom:device")
        queries()
        few = queries()
        self.choose(desk_client, "custom:device", "custom:bought")
        for _number in range(4):
            ticket = factories.make_ticket(department=sales)
            tickets.set_field(ticket, "bought", "2026-01-31", actor=ben)
        assert queries() == few
