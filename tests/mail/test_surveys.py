"""The question how the help was: from the resolution to the answer, and nothing for those who did not ask."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    default_site,
    make_agent,
    make_contact,
    make_customer,
    make_department,
    make_ticket,
)
from wagtail_escalated.actions import retention, surveys, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import (
    BlockedSender,
    DeskSettings,
    OutboundEmail,
    Rating,
    SuppressedAddress,
    SurveyLink,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asking(settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 0}
    DeskSettings.objects.update_or_create(
        site=default_site(), defaults={"survey_enabled": True, "survey_delay_hours": 2}
    )


@pytest.fixture
def ann():
    return make_contact("ann@customer.example", "Ann")


@pytest.fixture
def ticket(ann, department):
    return make_ticket(requester=ann, department=department, proved=True)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def resolve(agent, committed):
    def resolved(ticket, hours=3):
        """And some hours pass."""
        with committed():
            tickets.set_status(ticket, "resolved", actor=agent.user)
        later(hours)
        with committed():
            call_command("escalated_send_mail")

    return resolved


def later(hours):
    """All that was, was so many hours earlier."""
    span = timedelta(hours=hours)
    for mail in OutboundEmail.objects.all():
        OutboundEmail.objects.filter(pk=mail.pk).update(send_after=mail.send_after - span)


def asked(mailoutbox):
    return [mail for mail in mailoutbox if "How was the help" in mail.body]


def links(mail):
    return re.findall(r"http://[^\s>]+/survey/[^\s>]+\?score=\d", mail.body)


def path_of(link):
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_after_the_delay_the_requester_is_asked_with_five_links(ticket, resolve, mailoutbox):
    resolve(ticket, hours=1)
    assert asked(mailoutbox) == []
    later(1)
    call_command("escalated_send_mail")
    [mail] = asked(mailoutbox)
    assert mail.to == ["ann@customer.example"]
    assert [link[-1] for link in links(mail)] == ["1", "2", "3", "4", "5"]
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    html = mail.alternatives[0].content
    assert all(link in html for link in links(mail))


def test_a_scanner_that_opens_every_link_changes_nothing(ticket, resolve, mailoutbox):
    resolve(ticket)
    [mail] = asked(mailoutbox)
    ticket.refresh_from_db()
    before, events = ticket.version, TicketEvent.objects.count()
    everything = re.findall(r"http://[^\s>]+", mail.body)
    assert len(everything) >= 6
    for link in everything:
        for ask in (Client().get, Client().head):
            assert ask(path_of(link)).status_code in (200, 302, 404)
    for link in links(mail):
        page = Client().get(path_of(link))
        assert page.status_code == 200
        assert page["Referrer-Policy"] == "same-origin"
        assert "no-store" in page["Cache-Control"]
    ticket.refresh_from_db()
    assert (ticket.version, TicketEvent.objects.count()) == (before, events)
    assert not Rating.objects.exists()


def test_the_number_is_chosen_and_the_button_rates(ticket, resolve, mailoutbox, client):
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[3])
    page = client.get(link).content.decode()
    assert re.search(r'value="4"[^>]*checked', page)
    page = client.post(link, {"score": "4", "comment": "Fast!"}, follow=True).content.decode()
    assert "You chose 4 of 5" in page
    rating = Rating.objects.get()
    assert (rating.score, rating.comment, rating.contact) == (4, "Fast!", ticket.requester)
    client.post(link, {"score": "2", "comment": ""})
    rating.refresh_from_db()
    assert (rating.score, rating.comment) == (2, "")


def test_after_an_hour_it_stands(ticket, resolve, mailoutbox, client):
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[0])
    client.post(link, {"score": "1"})
    Rating.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    page = client.get(link).content.decode()
    assert "You chose 1 of 5" in page
    assert "<form" not in page
    page = client.post(link, {"score": "5"}, follow=True).content.decode()
    assert "You have rated this already." in page
    assert Rating.objects.get().score == 1


def test_the_same_twice_is_told_once(ticket, resolve, mailoutbox, client):
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[0])
    for _ in range(3):
        client.post(link, {"score": "5", "comment": "Good"})
    assert TicketEvent.objects.filter(kind="rated").count() == 1


@pytest.mark.parametrize("score", ["", "0", "6", "five", "1e1"])
def test_what_is_no_number_of_the_five_is_said_at_the_field(
    ticket, resolve, mailoutbox, client, score
):
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[0])
    page = client.post(link, {"score": score})
    assert page.status_code == 400
    assert "Choose one of the five." in page.content.decode()
    assert not Rating.objects.exists()


def test_the_agents_read_it_at_the_ticket(ticket, resolve, mailoutbox, client, agent):
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[3])
    Client().post(link, {"score": "4", "comment": "Fast <b>indeed</b>"})
    client.force_login(agent.user)
    url = reverse("wagtail_escalated_admin:ticket_about", args=[ticket.reference, "more"])
    page = client.get(url).content.decode()
    assert "4 of 5" in page
    assert "Fast &lt;b&gt;indeed&lt;/b&gt;" in page


def test_a_link_leads_to_its_ticket_as_long_as_it_is_its_holders(ticket, agent, client):
    tickets.set_status(ticket, "resolved", actor=agent.user)
    token = surveys.create_link(ticket, ticket.requester)
    url = reverse("wagtail_escalated:survey", args=[token])
    assert client.get(url).status_code == 200
    assert token not in str(list(SurveyLink.objects.values()))
    for wrong in (token[:-1], token.upper(), token + "x", "x" * 5000):
        assert client.get(url.replace(token, wrong)).status_code == 404
    SurveyLink.objects.update(expires_at=timezone.now())
    assert client.post(url, {"score": "5"}).status_code == 404
    SurveyLink.objects.update(expires_at=timezone.now() + timedelta(days=1))
    tickets.set_requester(ticket, make_contact(), actor=agent.user)
    assert client.post(url, {"score": "5"}).status_code == 404
    assert not Rating.objects.exists()


def test_a_reopened_ticket_waits_for_its_solution(ticket, agent, client):
    tickets.set_status(ticket, "resolved", actor=agent.user)
    url = reverse("wagtail_escalated:survey", args=[surveys.create_link(ticket, ticket.requester)])
    tickets.set_status(ticket, "reopened", actor=agent.user)
    page = client.get(url).content.decode()
    assert "worked on again" in page
    client.post(url, {"score": "5"})
    assert not Rating.objects.exists()


def test_ended_links_are_purged(ticket):
    surveys.create_link(ticket, ticket.requester)
    SurveyLink.objects.update(expires_at=timezone.now() - timedelta(days=31))
    retention.purge()
    assert not SurveyLink.objects.exists()


class TestWhoIsNotAsked:
    def test_nobody_where_it_is_off(self, ticket, resolve, mailoutbox):
        DeskSettings.objects.update(survey_enabled=False)
        resolve(ticket)
        assert asked(mailoutbox) == []

    def test_nobody_where_there_is_no_page_to_answer_on(
        self, ticket, resolve, mailoutbox, settings
    ):
        settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UI_ENABLED": False}
        resolve(ticket)
        assert asked(mailoutbox) == []

    def test_whose_address_was_not_proved(self, ann, resolve, mailoutbox):
        resolve(make_ticket(requester=ann, channel="widget"))
        assert asked(mailoutbox) == []
        assert OutboundEmail.objects.get(kind="survey").error == "unproved"

    def test_whose_address_bounced(self, ticket, ann, resolve, mailoutbox):
        SuppressedAddress.objects.create(address=ann.address, reason="bounced")
        resolve(ticket)
        assert asked(mailoutbox) == []

    def test_who_is_blocked_or_ourselves(self, resolve, mailoutbox, department, committed):
        BlockedSender.objects.create(pattern="@shop.example")
        resolve(make_ticket(requester=make_contact("robot@shop.example"), proved=True))
        resolve(make_ticket(requester=make_contact(department.address), proved=True))
        assert asked(mailoutbox) == []

    def test_whose_ticket_was_reopened_meanwhile(self, ticket, agent, mailoutbox, committed):
        with committed():
            tickets.set_status(ticket, "resolved", actor=agent.user)
            tickets.set_status(ticket, "reopened", actor=agent.user)
            tickets.set_status(ticket, "resolved", actor=agent.user)
        later(3)
        call_command("escalated_send_mail")
        assert len(asked(mailoutbox)) == 1, "for the second resolution alone"

    def test_who_has_rated_in_the_portal(self, ticket, agent, mailoutbox, committed):
        with committed():
            tickets.set_status(ticket, "resolved", actor=agent.user)
        tickets.rate(ticket, 5, actor=ticket.requester)
        later(3)
        call_command("escalated_send_mail")
        assert asked(mailoutbox) == []

    def test_who_was_asked_today(self, ann, resolve, mailoutbox):
        """However many tickets are opened in somebody's name."""
        for _ in range(5):
            resolve(make_ticket(requester=ann, proved=True))
        assert len(asked(mailoutbox)) == 1

    def test_nobody_twice_however_often_the_worker_runs(self, ticket, resolve, mailoutbox):
        resolve(ticket)
        TicketEvent.objects.update(
            reacted_at=None, created_at=timezone.now() - timedelta(minutes=5)
        )
        for _ in range(3):
            call_command("escalated_sweep_reactions")
            later(3)
            call_command("escalated_send_mail")
        assert len(asked(mailoutbox)) == 1

    def test_who_does_not_want_it(self, ticket, ann, resolve, mailoutbox):
        ann.mail_opt_outs.create(kind="survey")
        resolve(ticket)
        assert asked(mailoutbox) == []

    def test_nobody_after_a_merge(self, ann, ticket, agent, mailoutbox, committed):
        other = make_ticket(requester=ann, proved=True)
        with committed():
            tickets.merge(ticket, other, actor=agent.user)
        later(3)
        call_command("escalated_send_mail")
        assert asked(mailoutbox) == []


def test_the_portal_lets_a_rating_be_changed_within_the_hour(client, agent):
    user = make_customer("carla")
    ticket = make_ticket(requester=user.escalated_contact, department=make_department())
    tickets.set_status(ticket, "resolved", actor=SYSTEM)
    client.force_login(user)
    base = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
    client.post(f"{base}rate/", {"score": "2", "comment": "Hm"})
    page = client.get(base).content.decode()
    assert "Change the rating" in page
    client.post(f"{base}rate/", {"score": "5", "comment": "Oh, thank you"})
    assert Rating.objects.get().score == 5
    Rating.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert "Change the rating" not in client.get(base).content.decode()
    assert Ticket.objects.get().rating.comment == "Oh, thank you"


def test_the_bell_tells_the_agent(ticket, resolve, mailoutbox, client, agent):
    assert make_agent("other")
    tickets.follow(ticket, actor=agent.user)
    resolve(ticket)
    link = path_of(links(asked(mailoutbox)[0])[1])
    from wagtail_escalated import tasks

    Client().post(link, {"score": "2"})
    tasks.react(TicketEvent.objects.filter(reacted_at=None).values_list("pk", flat=True))
    client.force_login(agent.user)
    page = client.get(reverse("wagtail_escalated_admin:notifications")).content.decode()
    assert "rated the help: 2 of 5" in page
