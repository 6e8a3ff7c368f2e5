"""The bell's page and what a person chooses: entered as an agent does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import agent, installed
from tests.factories import make_department, make_editor, make_ticket
from wagtail_escalated import tasks
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.models import DigestPreference, Notification, TicketEvent

pytestmark = pytest.mark.django_db

LIST = "wagtail_escalated_admin:notifications"
READ = "wagtail_escalated_admin:notifications_read"
PREFERENCES = "wagtail_escalated_admin:notification_preferences"


@pytest.fixture
def desk(client):
    installed()
    department = make_department("Lamps")
    ada = agent("ada", [department])
    ticket = make_ticket(department=department, subject="<b>Leak</b>")
    tickets.follow(ticket, actor=ada)
    client.force_login(ada)
    return ada, ticket


def answer(ticket, times=1):
    for _ in range(times):
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    tasks.react(TicketEvent.objects.filter(reacted_at=None).values_list("pk", flat=True))


def rows(client, query=""):
    return client.get(reverse(LIST) + query).context["rows"]


def test_the_menu_leads_to_the_bell_and_says_how_much_is_unread(client, desk):
    _ada, ticket = desk
    answer(ticket, 2)
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert reverse(LIST) in home
    assert "esc-badge-live-value" in home
    badge = client.get(reverse("wagtail_escalated_admin:badges")).json()["bell"]
    assert badge == str(Notification.objects.filter(read_at=None).count())


def test_one_is_marked_as_read_or_all_of_them(client, desk):
    _ada, ticket = desk
    answer(ticket, 3)
    before = rows(client)
    client.post(reverse(READ), {"notification": before[0].notification.pk})
    assert [row.notification.pk for row in rows(client)] == [
        row.notification.pk for row in before[1:]
    ]
    page = client.post(reverse(READ), {"all": "1"}, follow=True).content.decode()
    assert "You have read everything." in page
    assert len(rows(client, "?all=1")) == len(before)


def test_nobody_reads_for_another(client, desk):
    ada, ticket = desk
    answer(ticket)
    other = agent("ben", [ticket.department])
    client.force_login(other)
    pks = list(Notification.objects.filter(user=ada).values_list("pk", flat=True))
    client.post(reverse(READ), {"notification": pks})
    assert Notification.objects.filter(user=ada, read_at=None).count() == len(pks)
    client.post(reverse(READ), {"notification": ["x", "99999999999999999999", "-1"]})


def test_what_people_wrote_is_text(client, desk):
    _ada, ticket = desk
    answer(ticket)
    page = client.get(reverse(LIST)).content.decode()
    assert "&lt;b&gt;Leak&lt;/b&gt;" in page
    assert "<b>Leak</b>" not in page


def test_three_rows_and_thirty_take_as_many_queries(client, desk):
    _ada, ticket = desk
    counts = []
    for times in (3, 27):
        answer(ticket, times)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def boxes(client):
    """What the form would send as it is shown."""
    form = client.get(reverse(PREFERENCES)).context["form"]
    return {
        name: "on" if field.initial is True else field.initial
        for name, field in form.fields.items()
        if field.initial
    } | {"digest_at": "08:00"}


def test_each_event_and_way_is_chosen_by_oneself(
    client, desk, mailoutbox, django_capture_on_commit_callbacks
):
    _ada, ticket = desk
    chosen = boxes(client)
    assert chosen["customer_reply-mail"] == "on"
    del chosen["customer_reply-mail"], chosen["note-bell"]
    assert client.post(reverse(PREFERENCES), chosen).status_code == 302
    kept = boxes(client)
    assert "customer_reply-mail" not in kept
    assert "note-bell" not in kept
    assert "customer_reply-bell" in kept
    with django_capture_on_commit_callbacks(execute=True):
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
        messages.add_note(ticket, body="Psst", actor=agent("cleo", [ticket.department]))
    told = [row.text for row in rows(client)]
    assert "added a note" not in told
    assert "replied" in told
    subjects = [mail.body for mail in mailoutbox if mail.to == ["ada@example.com"]]
    assert len([body for body in subjects if "A new reply" in body]) == 0
    assert len([body for body in subjects if "A new note" in body]) == 1


def test_the_summary_is_switched_on_with_its_time(client, desk):
    ada, _ticket = desk
    client.post(reverse(PREFERENCES), boxes(client) | {"digest": "on", "digest_at": "17:45"})
    row = DigestPreference.objects.get(user=ada)
    assert (row.enabled, row.at.isoformat("minutes")) == (True, "17:45")


def test_a_time_that_is_none_is_said_at_the_field(client, desk):
    page = client.post(reverse(PREFERENCES), boxes(client) | {"digest_at": "25 o'clock"})
    assert page.status_code == 400
    assert "Write the time as hours and minutes" in page.content.decode()


def test_the_account_page_leads_to_it_for_those_who_work_at_the_desk(client, desk):
    link = reverse(PREFERENCES)
    assert link in client.get(reverse("wagtailadmin_account")).content.decode()
    client.force_login(make_editor())
    assert link not in client.get(reverse("wagtailadmin_account")).content.decode()


def test_mails_to_agents_lead_to_what_they_chose(
    client, desk, mailoutbox, django_capture_on_commit_callbacks
):
    _ada, ticket = desk
    with django_capture_on_commit_callbacks(execute=True):
        messages.reply(ticket, body="Hello?", actor=ticket.requester)
    [mail] = [mail for mail in mailoutbox if mail.to == ["ada@example.com"]]
    assert reverse(PREFERENCES) in mail.body
    assert "List-Unsubscribe" not in mail.extra_headers
