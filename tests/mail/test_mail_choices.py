"""Which mails a customer gets: one click, a page by link, a page by login, and colleagues who follow."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from tests.factories import default_site, make_contact, make_customer, make_ticket
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.models import CopiedContact, MailOptOut, Organisation, OutboundEmail
from wagtail_escalated.tokens import MAIL_CHOICES_SALT, mail_choices_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def leave_at_once(settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "UNDO_SEND_SECONDS": 0,
        "MAIL_DOMAIN": "support.example.com",
    }


@pytest.fixture
def ann():
    return make_contact("ann@customer.example", "Ann")


@pytest.fixture
def https():
    site = default_site()
    site.hostname, site.port = "help.example.org", 443
    site.save()


def to(mails, address):
    return [mail for mail in mails if mail["To"] == address]


def path_in(header):
    return urlsplit(header.strip(" <>")).path


class TestOneClick:
    def test_each_mail_that_can_be_switched_off_says_how(self, sent, ann, agent, https):
        with sent() as mails:
            ticket = make_ticket(requester=ann, proved=True)
            tickets.set_status(ticket, "resolved", actor=agent.user)
        assert len(mails) == 2
        for mail in mails:
            assert (
                mail["List-Unsubscribe"]
                .strip()
                .startswith("<https://help.example.org/support/mail/")
            )
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_without_https_no_program_is_told_to_post(self, sent, ann):
        with sent() as mails:
            make_ticket(requester=ann, proved=True)
        assert mails[0]["List-Unsubscribe"]
        assert mails[0]["List-Unsubscribe-Post"] is None

    def test_what_a_person_wrote_and_what_agents_get_never_says_so(
        self, sent, ann, agent, department, https
    ):
        with sent() as mails:
            ticket = make_ticket(
                requester=ann, department=department, actor=agent.user, channel="agent"
            )
            messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
            messages.reply(ticket, body="Yes?", actor=ann)
        assert len(mails) >= 4
        assert {mail["List-Unsubscribe"] for mail in mails} == {None}
        assert {mail["List-Id"] for mail in mails} == {None}

    def test_none_where_the_pages_are_off(self, sent, ann, settings):
        settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UI_ENABLED": False}
        with sent() as mails:
            make_ticket(requester=ann, proved=True)
        assert mails[0]["List-Unsubscribe"] is None

    def test_a_program_posts_without_a_cookie_and_a_scanner_changes_nothing(
        self, sent, ann, agent, https
    ):
        with sent() as mails:
            make_ticket(requester=ann, proved=True)
        path = path_in(mails[0]["List-Unsubscribe"])
        strict = Client(enforce_csrf_checks=True)
        assert strict.get(path).status_code == 200
        assert strict.head(path).status_code == 200
        assert not MailOptOut.objects.exists()
        answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "switched off" in answer.content.decode()
        assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert [row.kind for row in ann.mail_opt_outs.all()] == ["confirmation"]
        with sent() as mails:
            ticket = make_ticket(requester=ann, proved=True, channel="web")
            messages.reply(ticket, body="Hello.", actor=agent.user)
        assert [mail["Subject"][:3] for mail in mails] == ["Re:"], "the answer comes, as always"
        assert OutboundEmail.objects.filter(error="not wanted").count() == 1


class TestTheToken:
    def test_forged_foreign_and_old_ones_open_nothing(self, client, ann):
        token = mail_choices_token(ann.pk, ann.address)
        url = reverse("wagtail_escalated:mail_choices_link", args=[token])
        assert client.get(url).status_code == 200
        for wrong in (
            token[:-1],
            token.swapcase(),
            "x" * 5000,
            signing.dumps([ann.pk, "x"], salt="another"),
            signing.dumps("nonsense", salt=MAIL_CHOICES_SALT),
            signing.dumps({"pk": 1}, salt=MAIL_CHOICES_SALT),
            signing.dumps([ann.pk, 5], salt=MAIL_CHOICES_SALT),
        ):
            path = reverse("wagtail_escalated:mail_choices_link", args=[wrong])
            assert client.get(path).status_code == 404, wrong
            assert client.post(path, {"mails": []}).status_code == 404

    def test_it_ends_with_the_address(self, client, ann):
        url = reverse(
            "wagtail_escalated:mail_choices_link", args=[mail_choices_token(ann.pk, ann.address)]
        )
        ann.address = "new@customer.example"
        ann.save()
        assert client.get(url).status_code == 404


class TestThePage:
    def url(self, contact):
        token = mail_choices_token(contact.pk, contact.address)
        return reverse("wagtail_escalated:mail_choices_link", args=[token])

    def test_a_guest_chooses_by_the_link(self, client, ann, sent, agent):
        url = self.url(ann)
        assert len(re.findall("checked", client.get(url).content.decode())) == 3
        client.post(url, {"mails": ["confirmation"]})
        assert {row.kind for row in ann.mail_opt_outs.all()} == {"resolved", "survey"}
        with sent() as mails:
            ticket = make_ticket(requester=ann, proved=True)
            tickets.set_status(ticket, "resolved", actor=agent.user)
        assert len(mails) == 1
        client.post(url, {"mails": ["confirmation", "resolved", "survey"]})
        assert not ann.mail_opt_outs.exists()

    def test_nonsense_is_said_at_the_field(self, client, ann):
        page = client.post(self.url(ann), {"mails": ["reply"]})
        assert page.status_code == 400
        assert not ann.mail_opt_outs.exists()

    def test_whoever_is_in_copy_stops_it_there(self, client, ann, agent, department, sent):
        ticket = make_ticket(requester=ann, department=department, subject="Kettle")
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
        [copy] = to(mails, "bob@customer.example")
        text = copy.get_body(("plain",)).get_content()
        [link] = re.findall(r"http://\S+/support/mail/[^\s>]+", text)
        [original] = to(mails, ann.address)
        assert "/support/mail/" not in original.as_string(), "answers to the requester always come"
        page = client.get(urlsplit(link).path).content.decode()
        assert "Kettle" in page
        client.post(urlsplit(link).path, {"mails": ["survey"], "copies": []})
        assert not CopiedContact.objects.exists()
        with sent() as mails:
            messages.reply(ticket, body="And?", actor=agent.user)
        assert to(mails, "bob@customer.example") == []

    def test_somebody_with_an_account_finds_it_in_the_portal(self, client):
        user = make_customer("carla")
        make_ticket(requester=user.escalated_contact)
        client.force_login(user)
        url = reverse("wagtail_escalated:mail_choices")
        assert url in client.get(reverse("wagtail_escalated:tickets")).content.decode()
        client.post(url, {"mails": ["survey"]})
        kinds = {row.kind for row in user.escalated_contact.mail_opt_outs.all()}
        assert kinds == {"confirmation", "resolved"}


class TestFollowingByMail:
    @pytest.fixture
    def company(self):
        return Organisation.objects.create(name="Acme", shares_tickets=True)

    @pytest.fixture
    def people(self, company):
        users = [make_customer(name) for name in ("carla", "david")]
        for user in users:
            user.escalated_contact.organisation = company
            user.escalated_contact.save()
        return users

    @pytest.fixture
    def ticket(self, people, department):
        return make_ticket(requester=people[0].escalated_contact, department=department)

    def url(self, ticket, step=""):
        base = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
        return base + (f"{step}/" if step else "")

    def test_a_colleague_follows_and_stops(self, client, people, ticket, agent, sent):
        _carla, david = people
        client.force_login(david)
        assert "Follow by mail" in client.get(self.url(ticket)).content.decode()
        page = client.post(self.url(ticket, "follow"), follow=True).content.decode()
        assert "Stop the mails about this request" in page
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        assert len(to(mails, david.email)) == 1
        client.post(self.url(ticket, "unfollow"))
        with sent() as mails:
            messages.reply(ticket, body="And?", actor=agent.user)
        assert to(mails, david.email) == []

    def test_it_ends_with_the_right_to_see_the_ticket(
        self, client, people, ticket, agent, sent, company
    ):
        _carla, david = people
        client.force_login(david)
        client.post(self.url(ticket, "follow"))
        company.shares_tickets = False
        company.save()
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        assert to(mails, david.email) == []
        assert client.get(self.url(ticket)).status_code == 404
        contact = david.escalated_contact
        from django.core.exceptions import PermissionDenied

        with pytest.raises(PermissionDenied):
            messages.reply(ticket, body="I am still here", actor=contact)
        assert (
            ticket.reference
            not in client.get(reverse("wagtail_escalated:mail_choices")).content.decode()
        )

    def test_a_stranger_follows_nothing(self, client, ticket):
        client.force_login(make_customer("eve"))
        for step in ("follow", "unfollow"):
            assert client.post(self.url(ticket, step)).status_code == 404
        assert not CopiedContact.objects.exists()

    def test_the_requester_needs_not_follow(self, client, people, ticket):
        client.force_login(people[0])
        assert "Follow by mail" not in client.get(self.url(ticket)).content.decode()
        client.post(self.url(ticket, "follow"))
        assert not CopiedContact.objects.exists()

    def test_a_merge_gives_a_follower_nothing_to_read(self, client, people, ticket, agent, sent):
        _carla, david = people
        client.force_login(david)
        client.post(self.url(ticket, "follow"))
        foreign = make_ticket(requester=make_contact(), department=ticket.department)
        tickets.merge(ticket, foreign, actor=agent.user, different_requesters=True)
        with sent() as mails:
            messages.reply(foreign, body="Private.", actor=agent.user)
        assert to(mails, david.email) == []

    def test_whoever_an_agent_copies_takes_part(self, client, people, ticket, agent, company):
        _carla, david = people
        tickets.follow_by_mail(ticket, actor=david)
        messages.reply(ticket, body="You too.", actor=agent.user, cc=[david.email])
        assert not CopiedContact.objects.get().by_choice


def test_erasure_forgets_the_choices(ann):
    from wagtail_escalated.actions import erasure

    ann.mail_opt_outs.create(kind="survey")
    make_ticket(requester=ann)
    erasure.erase_contact(ann, actor=SYSTEM)
    assert not MailOptOut.objects.exists()
