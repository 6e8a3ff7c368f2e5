"""What leaves: the wire format, who gets it, how it looks, and what happens when it cannot leave."""

import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django.utils import timezone

from tests.factories import (
    default_site,
    make_agent,
    make_contact,
    make_customer,
    make_department,
    make_ticket,
)
from tests.mail.letters import PNG, deliver, letter
from wagtail_escalated.actions import assignment, mail_states, messages, notifications, tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.files import IncomingFile
from wagtail_escalated.mail import outbox
from wagtail_escalated.models import DeskSettings, OutboundEmail
from wagtail_escalated.tokens import reply_signature, ticket_pk_from_address

pytestmark = pytest.mark.django_db

DESK = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": "test-secret",
    "UNDO_SEND_SECONDS": 0,
}


@pytest.fixture(autouse=True)
def leave_at_once():
    with override_settings(WAGTAIL_ESCALATED=DESK):
        yield


@pytest.fixture
def ann():
    return make_contact("ann@customer.example", "Ann Customer")


def recipients(mails):
    return sorted(mail["To"] for mail in mails)


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def html(mail):
    return mail.get_body(("html",)).get_content()


class TestWireFormat:
    def test_the_first_mail(self, sent, ann):
        with sent() as mails:
            ticket = make_ticket(requester=ann, proved=True)
        (mail,) = mails
        assert mail["Message-ID"] == f"<ticket-{ticket.pk}@support.example.com>"
        assert mail["Subject"] == f"[{ticket.reference}] My printer is on fire"
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail["In-Reply-To"] is None

    def test_reply_to_is_signed(self, sent, ann):
        with sent() as mails:
            ticket = make_ticket(requester=ann)
        address = mails[0]["Reply-To"]
        assert re.fullmatch(r"reply\+\d+\.[0-9a-f]{32}@support\.example\.com", address)
        assert address == f"reply+{ticket.pk}.{reply_signature(ticket.pk)}@support.example.com"
        assert ticket_pk_from_address(address) == ticket.pk

    def test_the_second_reply_names_the_first(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        first = messages.reply(ticket, body="One.", actor=agent.user)
        with sent() as mails:
            second = messages.reply(ticket, body="Two.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == ann.address)
        root = f"<ticket-{ticket.pk}@support.example.com>"
        before = f"<ticket-{ticket.pk}-reply-{first.pk}@support.example.com>"
        assert mail["Message-ID"] == f"<ticket-{ticket.pk}-reply-{second.pk}@support.example.com>"
        assert mail["In-Reply-To"] == before
        assert mail["References"].split() == [root, before]
        assert mail["Subject"] == f"Re: [{ticket.reference}] {ticket.subject}"

    def test_a_split_ticket_has_a_thread_of_its_own(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        reply = messages.reply(ticket, body="And my lamp?", actor=ann)
        fresh = tickets.split(ticket, reply, actor=agent.user, subject="The lamp")
        for one in (ticket, fresh):
            with sent() as mails:
                answer = messages.reply(one, body="Yes.", actor=agent.user)
            mail = next(each for each in mails if each["To"] == ann.address)
            assert mail["Message-ID"] == f"<ticket-{one.pk}-reply-{answer.pk}@support.example.com>"
            assert f"<ticket-{one.pk}@support.example.com>" in mail["References"]
            assert ticket_pk_from_address(mail["Reply-To"]) == one.pk

    def test_both_sides_of_a_merge_get_the_answer_in_the_ticket_that_is_left(
        self, sent, ann, agent, department
    ):
        one = make_ticket(requester=ann, department=department)
        two = make_ticket(requester=make_contact("bob@customer.example"), department=department)
        tickets.merge(one, two, actor=agent.user, different_requesters=True)
        with sent() as mails:
            messages.reply(two, body="Yes.", actor=agent.user)
        to_customers = [mail for mail in mails if mail["To"].endswith("@customer.example")]
        assert recipients(to_customers) == ["ann@customer.example", "bob@customer.example"]
        assert {ticket_pk_from_address(mail["Reply-To"]) for mail in to_customers} == {two.pk}

    def test_a_customers_letter_is_named_as_what_is_answered(self, client, sent, agent, department):
        answer = deliver(client, letter(to=department.address, message_id="<a@customer.example>"))
        from wagtail_escalated.models import Ticket

        ticket = Ticket.objects.get(reference=answer["ticket"])
        with sent() as mails:
            messages.reply(ticket, body="Yes.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == "ann@customer.example")
        assert mail["References"].split()[0] == "<a@customer.example>"

    def test_a_notes_id_is_named_to_agents_alone(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        tickets.follow(ticket, actor=agent.user)
        other = make_agent("otto", departments=(department,))
        with sent() as mails:
            note = messages.add_note(ticket, body="A queen.", actor=other.user)
        (mail,) = mails
        assert mail["To"] == "agatha@example.com"
        assert mail["Message-ID"] == f"<ticket-{ticket.pk}-note-{note.pk}@support.example.com>"
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=other.user)
        to_ann = next(one for one in mails if one["To"] == ann.address)
        assert "-note-" not in to_ann.as_string()

    def test_without_a_secret_answers_go_to_the_department(self, sent, ann, department):
        desk = DESK | {"INBOUND_SECRET": None}
        with override_settings(WAGTAIL_ESCALATED=desk), sent() as mails:
            make_ticket(requester=ann, department=department)
        assert mails[0]["Reply-To"] == department.address

    def test_no_line_break_gets_into_a_header(self, sent, ann, department, agent):
        site = DeskSettings.for_site(default_site())
        site.sender_name = "Lamps\r\nBcc: x@evil.example"
        site.save()
        department.sender_name = "Lamps\nBcc: x@evil.example"
        department.save()
        with sent() as mails:
            make_ticket(requester=ann, department=department)
        assert mails
        assert all(mail["Bcc"] is None for mail in mails)


class TestWhoGetsIt:
    def test_nobody_gets_their_own(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        assignment.assign(ticket, agent, actor=agent.user)
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        assert recipients(mails) == ["ann@customer.example"]
        with sent() as mails:
            messages.reply(ticket, body="Thanks.", actor=ann, channel="email")
        assert recipients(mails) == ["agatha@example.com"]

    def test_one_mail_for_each_person_and_event(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        assignment.assign(ticket, agent, actor=SYSTEM)
        tickets.follow(ticket, actor=agent.user)
        with sent() as mails:
            messages.reply(ticket, body="Thanks.", actor=ann)
        assert recipients(mails) == ["agatha@example.com"]

    def test_where_nobody_has_the_ticket_its_department_hears(self, sent, ann, agent, department):
        make_agent("otto", departments=(make_department("Elsewhere"),))
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body="Hello?", actor=ann)
        assert recipients(mails) == ["agatha@example.com"]

    def test_a_note_goes_to_agents_alone(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
        assignment.assign(ticket, agent, actor=SYSTEM)
        other = make_agent("otto", departments=(department,))
        with sent() as mails:
            messages.add_note(ticket, body="A queen.", actor=other.user)
        assert recipients(mails) == ["agatha@example.com"]

    def test_an_agent_who_lost_access_hears_no_more(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        assignment.assign(ticket, agent, actor=SYSTEM)
        agent.user.user_permissions.clear()
        other = make_agent("otto", departments=(department,))
        with sent() as mails:
            messages.add_note(ticket, body="A queen.", actor=other.user)
        assert mails == []
        assert OutboundEmail.objects.get(kind="note").error == "no access any more"

    def test_copies_get_replies_and_no_link(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
        copy = next(mail for mail in mails if mail["To"] == "bob@customer.example")
        assert "guest/" not in copy.as_string()
        assert "It burns since this morning" not in copy.as_string()

    def test_an_agent_may_switch_a_kind_off(self, sent, ann, agent, department):
        wanted = set(notifications.ALL_PAIRS) - {("customer_reply", "mail")}
        notifications.choose(agent.user, wanted)
        ticket = make_ticket(requester=ann, department=department)
        assignment.assign(ticket, agent, actor=SYSTEM)
        with sent() as mails:
            messages.reply(ticket, body="Hello?", actor=ann)
        assert mails == []

    def test_a_stranger_is_told_nothing_of_what_was_written(self, sent, ann):
        with sent() as mails:
            ticket = make_ticket(
                requester=ann,
                subject="Buy pills at pills.example",
                description="Cheap pills!",
                channel="widget",
            )
        (mail,) = mails
        assert mail["Subject"] == f"[{ticket.reference}] We received your request"
        assert "pills" not in mail.as_string().lower()

    def test_one_confirmation_a_day(self, sent, ann, client):
        with sent() as mails:
            for number in range(5):
                deliver(client, letter(subject=f"Lamp {number}"))
        assert len(mails) == 1

    def test_who_is_logged_in_gets_each_confirmation(self, sent):
        user = make_customer("carla")
        with sent() as mails:
            for _ in range(2):
                make_ticket(requester=user, actor=user, proved=True, channel="web")
        assert len(mails) == 2

    def test_the_words_of_somebody_unproved_go_to_no_other_customer(
        self, sent, ann, agent, department
    ):
        ticket = make_ticket(requester=ann, department=department)
        messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
        with sent() as mails:
            messages.reply(ticket, body="Pay here.", actor=ann, channel="email", proved=False)
        assert "bob@customer.example" not in recipients(mails)

    def test_spam_gets_no_answer(self, ann, agent, department, sent):
        ticket = make_ticket(requester=ann, department=department)
        tickets.mark_spam(ticket, actor=agent.user)
        with sent() as mails:
            outbox.send_due()
        assert mails == []


class TestHowItLooks:
    def test_branding_is_in_the_next_mail(self, sent, ann, department, agent):
        ticket = make_ticket(requester=ann, department=department)
        site = DeskSettings.for_site(default_site())
        site.name, site.colour, site.mail_footer = (
            "Lamp & Co",
            "#ffee00",
            "Lamp street 1\n<b>Berlin</b>",
        )
        site.sender_name, site.sender_address = "Lamp desk", "desk@support.example.com"
        site.save()
        department.address = None
        department.save()
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == ann.address)
        assert str(mail["From"]) == "Lamp desk <desk@support.example.com>"
        assert "Lamp &amp; Co" in html(mail)
        assert "background-color: #ffee00;color: #000000" in html(mail)
        assert "&lt;b&gt;Berlin&lt;/b&gt;" in html(mail)
        assert "Lamp street 1" in plain(mail)

    def test_the_sender_is_the_departments(self, sent, ann, department):
        department.sender_name = "The lamp people"
        department.save()
        with sent() as mails:
            make_ticket(requester=ann, department=department)
        assert str(mails[0]["From"]) == f"The lamp people <{department.address}>"

    def test_html_keeps_to_what_gmail_and_outlook_understand(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body=MessageBody.from_html("<p>Hi</p>"), actor=agent.user)
        markup = html(next(one for one in mails if one["To"] == ann.address))
        assert "<script" not in markup
        assert "<link" not in markup
        styles = " ".join(re.findall(r'style="([^"]*)"', markup))
        for unknown in ("flex", "grid", "position", "var(", "calc(", "float", "url("):
            assert unknown not in styles
        assert len(markup) < 102_000, "Gmail cuts what is longer"
        assert "prefers-color-scheme: dark" in markup
        assert 'role="presentation"' in markup

    def test_malicious_html_does_not_go_out(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        body = MessageBody.from_html(
            '<p onclick="x()">Hi<script>alert(1)</script><img src=x onerror=y></p>'
        )
        with sent() as mails:
            messages.reply(ticket, body=body, actor=agent.user)
        markup = html(next(one for one in mails if one["To"] == ann.address))
        for bad in ("onclick", "alert", "onerror", "<script"):
            assert bad not in markup

    def test_pictures_in_the_text_stay_in_the_text(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(
                ticket,
                body=MessageBody.from_html('<p>See: <img src="cid:lamp@desk" alt="A lamp"></p>'),
                actor=agent.user,
                attachments=[IncomingFile("lamp.png", PNG, "image/png", "lamp@desk", inline=True)],
            )
        mail = next(one for one in mails if one["To"] == ann.address)
        assert 'src="cid:lamp@desk"' in html(mail)
        part = next(one for one in mail.walk() if one["Content-ID"] == "<lamp@desk>")
        assert part.get_content_disposition() == "inline"
        assert part.get_content() == PNG

    def test_files_over_the_limit_are_named_and_not_attached(
        self, sent, ann, agent, department, monkeypatch
    ):
        from wagtail_escalated.mail import compose

        monkeypatch.setattr(compose, "MAX_ATTACHED", 1_000)
        ticket = make_ticket(requester=ann, department=department)
        files = [IncomingFile("small.txt", b"x"), IncomingFile("large.txt", b"x" * 2_000)]
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user, attachments=files)
        mail = next(one for one in mails if one["To"] == ann.address)
        assert [one.get_filename() for one in mail.iter_attachments()] == ["small.txt"]
        assert "large.txt" in plain(mail)

    def test_links_use_the_sites_address(self, sent, ann, agent, department):
        site = default_site()
        site.hostname, site.port = "help.example.org", 443
        site.save()
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == ann.address)
        assert "https://help.example.org/support/guest/" in plain(mail)

    def test_without_our_pages_links_lead_to_the_hosts(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        desk = DESK | {
            "UI_ENABLED": False,
            "PORTAL_URL": "https://app.example.org/t/{reference}?k={token}",
        }
        with override_settings(WAGTAIL_ESCALATED=desk), sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == ann.address)
        assert f"https://app.example.org/t/{ticket.reference}?k=" in plain(mail)

    def test_a_mail_speaks_its_readers_language(self, sent, ann):
        from django.utils import translation

        ann.locale = "de"
        ann.save()
        with translation.override("fr"), sent() as mails:
            make_ticket(requester=ann)
        assert '<html lang="de"' in html(mails[0])

    def test_the_agents_signature_stands_below_the_reply(self, sent, ann, agent, department):
        agent.signature = "Agatha <Lamps>"
        agent.save()
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        mail = next(one for one in mails if one["To"] == ann.address)
        assert "Agatha &lt;Lamps&gt;" in html(mail)

    def test_a_host_may_put_its_own_templates_first(self, sent, ann, tmp_path, settings):
        folder = tmp_path / "wagtail_escalated" / "mail"
        folder.mkdir(parents=True)
        (folder / "confirmation.html").write_text("<h1>We are on it</h1>")
        first, *others = settings.TEMPLATES
        settings.TEMPLATES = [{**first, "DIRS": [tmp_path, *first["DIRS"]]}, *others]
        with sent() as mails:
            make_ticket(requester=ann)
        assert "We are on it" in plain(mails[0])


class Failing(EmailBackend):
    error: Exception | None = None

    def send_messages(self, email_messages):
        if Failing.error is not None:
            raise Failing.error
        return super().send_messages(email_messages)


class TestWhenItCannotLeave:
    @pytest.fixture(autouse=True)
    def failing_server(self):
        Failing.error = smtplib.SMTPServerDisconnected("gone")
        with override_settings(EMAIL_BACKEND="tests.mail.test_mail_out.Failing"):
            yield
        Failing.error = None

    @pytest.fixture
    def reply(self, ann, agent, department, django_capture_on_commit_callbacks):
        Failing.error, error = None, Failing.error
        ticket = make_ticket(requester=ann, department=department)
        OutboundEmail.objects.all().delete()
        Failing.error = error
        with django_capture_on_commit_callbacks(execute=True):
            return messages.reply(ticket, body="Hello.", actor=agent.user)

    def test_the_reply_stands_and_the_mail_waits(self, reply):
        mail = OutboundEmail.objects.get()
        assert (mail.state, mail.attempts) == ("queued", 1)
        assert mail.send_after > timezone.now()
        assert "SMTPServerDisconnected" in mail.error
        assert reply.ticket.replies.count() == 1

    def test_it_is_retried_with_growing_pauses_then_shown_as_failed_then_sent_by_hand(
        self, reply, agent, mailoutbox, django_capture_on_commit_callbacks
    ):
        now, pauses = timezone.now(), []
        for _ in range(10):
            mail = OutboundEmail.objects.exclude(kind="agent_mail_failed").get()
            if mail.state != "queued":
                break
            pauses.append(mail.send_after - now)
            now = mail.send_after
            outbox.send_due(now)
        assert (mail.state, len(pauses)) == ("failed", 5)
        assert pauses[1:] == sorted(pauses[1:])
        assert reply.ticket.events.get(kind="mail_failed").reply == reply
        Failing.error = None
        with django_capture_on_commit_callbacks(execute=True):
            assert mail_states.send_again(mail, actor=agent.user)
        mail.refresh_from_db()
        assert mail.state == "sent"
        assert [one.to for one in mailoutbox].count(["ann@customer.example"]) == 1

    def test_what_the_server_will_never_take_is_failed_at_once(self, reply):
        Failing.error = smtplib.SMTPRecipientsRefused({"ann@customer.example": (550, b"no")})
        outbox.send_due(timezone.now() + timedelta(hours=1))
        mail = OutboundEmail.objects.exclude(kind="agent_mail_failed").get()
        assert mail.state == "failed"

    def test_one_that_fails_leaves_the_others_alone(self, reply, mailoutbox):
        Failing.error = None
        broken = OutboundEmail.objects.get()
        OutboundEmail.objects.filter(pk=broken.pk).update(
            kind="no_such_kind", contact=None, user=None
        )
        make_ticket(requester=make_contact("bob@customer.example"))
        outbox.send_due(timezone.now() + timedelta(hours=1))
        assert [one.to for one in mailoutbox] == [["bob@customer.example"]]


class TestUndo:
    @pytest.fixture(autouse=True)
    def ten_seconds(self, leave_at_once):
        with override_settings(WAGTAIL_ESCALATED=DESK | {"UNDO_SEND_SECONDS": 10}):
            yield

    def test_a_reply_waits_before_it_leaves(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        with sent() as mails:
            messages.reply(ticket, body="Hello.", actor=agent.user)
        assert mails == []
        outbox.send_due(timezone.now() + timedelta(seconds=11))
        assert [one.to for one in django_mail.outbox].count([ann.address]) >= 1

    def test_taken_back_it_never_leaves(self, sent, ann, agent, department):
        ticket = make_ticket(requester=ann, department=department)
        reply = messages.reply(ticket, body="Hello.", actor=agent.user)
        from wagtail_escalated.actions import outbound

        assert outbound.cancel_mail_of(reply)
        outbox.send_due(timezone.now() + timedelta(hours=1))
        assert not [one for one in django_mail.outbox if "Hello." in one.body]


def test_the_providers_id_is_kept(ann, agent, department, django_capture_on_commit_callbacks):
    with (
        override_settings(EMAIL_BACKEND="anymail.backends.test.EmailBackend"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        make_ticket(requester=ann)
    mail = OutboundEmail.objects.get()
    assert mail.state == "sent"
    assert mail.provider_id != ""
