"""A person's role is never taken from the From address alone."""

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import override_settings

from tests.factories import make_agent, make_contact, make_department, make_ticket
from tests.mail import sns as signed_by
from tests.mail.letters import became, deliver, letter, mailgun_raw, post_form
from tests.mail.test_providers import DESK, amazon, by_ses
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.mail import trust
from wagtail_escalated.models import InboundEmail, Note, Ticket
from wagtail_escalated.tokens import reply_address

pytestmark = pytest.mark.django_db

__all__ = ["amazon"]

PASS = "DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,SPF_PASS"


@pytest.fixture
def ticket(department):
    return make_ticket(requester=make_contact("ann@customer.example", "Ann"), department=department)


def to_ticket(ticket, sender, *, text="An answer.\n", signed=True, **headers):
    if signed:
        headers["to"] = reply_address(ticket.pk)
    else:
        headers["In_Reply_To"] = f"<ticket-{ticket.pk}@support.example.com>"
    return letter(sender=sender, text=text, **headers)


def last(ticket):
    return ticket.replies.last()


class TestAgents:
    """They answer by mail with a signed address and an aligned pass, or a person looks first."""

    def test_signed_and_passed_is_a_public_reply(self, client, ticket, agent):
        answer = deliver(client, to_ticket(ticket, "agatha@example.com"), spam_tests=PASS)
        assert answer["outcome"] == "replied_to_existing"
        assert last(ticket).by_agent
        assert last(ticket).author_user == agent.user
        ticket.refresh_from_db()
        assert ticket.status == "in_progress"

    @pytest.mark.parametrize("spam_tests", [None, "SPF_PASS", "DKIM_VALID", "DKIM_INVALID"])
    def test_without_an_aligned_pass_it_is_held(self, client, ticket, agent, spam_tests):
        answer = deliver(client, to_ticket(ticket, "agatha@example.com"), spam_tests=spam_tests)
        assert (answer["outcome"], answer["reason"]) == ("held", "agent_not_proved")
        assert not ticket.replies.exists()

    def test_without_the_signed_address_it_is_held(self, client, ticket, agent):
        message = to_ticket(ticket, "agatha@example.com", signed=False)
        assert deliver(client, message, spam_tests=PASS)["reason"] == "agent_not_proved"

    def test_a_verdict_the_sender_wrote_counts_for_nothing(self, client, ticket, agent):
        message = to_ticket(
            ticket,
            "agatha@example.com",
            Authentication_Results="mx.example.com; dkim=pass header.d=example.com; dmarc=pass",
            X_Spam_Tests=PASS,
        )
        assert deliver(client, message)["outcome"] == "held"

    def test_a_verdict_that_is_there_twice_counts_for_nothing(self, client, ticket, agent):
        twice = [{"Name": "X-Spam-Tests", "Value": PASS}, {"Name": "x-spam-tests", "Value": PASS}]
        assert (
            deliver(client, to_ticket(ticket, "agatha@example.com"), Headers=twice)["outcome"]
            == "held"
        )

    def test_an_answer_to_a_note_is_a_note(self, client, ticket, agent):
        note = messages.add_note(ticket, body="Do we know her?", actor=agent.user)
        note_id = f"<ticket-{ticket.pk}-note-{note.pk}@support.example.com>"
        message = to_ticket(
            ticket, "agatha@example.com", text="She is a queen.\n", In_Reply_To=note_id
        )
        assert deliver(client, message, spam_tests=PASS)["outcome"] == "replied_to_existing"
        assert Note.objects.filter(ticket=ticket, body="She is a queen.").exists()
        assert not ticket.replies.exists()

    def test_one_who_lost_access_gets_a_ticket_of_their_own(self, client, ticket, agent):
        agent.active = False
        agent.save()
        answer = deliver(client, to_ticket(ticket, "agatha@example.com"), spam_tests=PASS)
        assert answer["outcome"] == "created_new"
        assert not ticket.replies.exists()

    def test_one_of_another_department_gets_a_ticket_of_their_own(self, client, ticket):
        make_agent("otto", departments=(make_department("Elsewhere"),))
        answer = deliver(client, to_ticket(ticket, "otto@example.com"), spam_tests=PASS)
        assert answer["outcome"] == "created_new"
        assert not ticket.replies.exists()

    def test_who_asked_the_ticket_themselves_is_its_customer(self, client, agent):
        own = make_ticket(requester=make_contact("agatha@example.com"))
        deliver(client, to_ticket(own, "agatha@example.com"))
        assert not last(own).by_agent

    def test_the_verdict_of_ses_counts(self, client, ticket, agent):
        with override_settings(WAGTAIL_ESCALATED=DESK):
            raw = to_ticket(ticket, "agatha@example.com").as_bytes()
            by_ses(
                client, signed_by.received(raw, dmarc="PASS", recipients=[reply_address(ticket.pk)])
            )
        assert last(ticket).by_agent

    CHECKED = b"X-Mailgun-Dkim-Check-Result: Pass\nX-Mailgun-Spf: Pass\n"
    RECEIVED = b"Received: from mx.example by mailgun\n"

    def signed_letter(self, ticket, domain="example.com"):
        signature = f"v=1; d={domain}; s=k; bh=x; b=y"
        return to_ticket(ticket, "agatha@example.com", DKIM_Signature=signature).as_bytes()

    @pytest.mark.parametrize(("domain", "public"), [("example.com", True), ("evil.example", False)])
    def test_mailguns_pass_counts_where_the_signature_is_of_the_senders_domain(
        self, client, ticket, agent, domain, public
    ):
        raw = self.CHECKED + self.RECEIVED + self.signed_letter(ticket, domain)
        answer = became(post_form(client, mailgun_raw(raw)))
        assert answer["outcome"] == ("replied_to_existing" if public else "held")

    @pytest.mark.parametrize("above", [b"", RECEIVED, RECEIVED + CHECKED, CHECKED])
    def test_what_the_sender_wrote_in_mailguns_name_counts_for_nothing(
        self, client, ticket, agent, above
    ):
        """Where Mailgun's own check is off, such headers of a letter come to us as they are."""
        raw = above + self.CHECKED + self.signed_letter(ticket)
        claims = {"X-Mailgun-Dkim-Check-Result": "Pass", "X-Mailgun-Spf": "Pass"}
        answer = became(post_form(client, mailgun_raw(raw, **claims)))
        assert (answer["outcome"], answer["reason"]) == ("held", "agent_not_proved")

    TWO_READINGS = (
        "From: agatha@example.com\nFrom: eve@evil.example",
        "From: agatha@example.com, eve@evil.example",
        "From: Friends: agatha@example.com, eve@evil.example;",
        "From: =?utf-8?q?agatha=40example=2Ecom?=",
    )

    @pytest.mark.parametrize("author", TWO_READINGS)
    def test_a_from_that_can_be_read_in_two_ways_is_never_proved(
        self, client, ticket, agent, author
    ):
        raw = to_ticket(ticket, "agatha@example.com").as_bytes()
        raw = raw.replace(b"From: agatha@example.com", author.encode(), 1)
        answer = deliver(client, raw, spam_tests=PASS)
        assert (answer["outcome"], answer["reason"]) == ("held", "agent_not_proved")
        with override_settings(WAGTAIL_ESCALATED=DESK):
            by_ses(client, signed_by.received(raw + b"\n2", dmarc="PASS"))
        assert set(InboundEmail.objects.values_list("state", flat=True)) == {"held"}
        assert not ticket.replies.exists()


class TestOurOwnCheck:
    """Where the provider says nothing, the raw letter's DKIM signature is checked."""

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @pytest.fixture(autouse=True)
    def name_server(self, monkeypatch):
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        import base64

        record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
        monkeypatch.setattr(trust, "key_record", lambda name, timeout=3: record)

    def signed(self, message, domain):
        private = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        header = dkim.sign(
            raw, b"key", domain.encode(), private, include_headers=[b"from", b"to", b"subject"]
        )
        return header + raw

    def test_a_signature_of_the_senders_domain_proves_the_agent(self, client, ticket, agent):
        raw = self.signed(to_ticket(ticket, "agatha@example.com"), "example.com")
        assert deliver(client, raw)["outcome"] == "replied_to_existing"
        assert last(ticket).by_agent

    def test_a_signature_of_another_domain_proves_nothing(self, client, ticket, agent):
        raw = self.signed(to_ticket(ticket, "agatha@example.com"), "evil.example")
        assert deliver(client, raw)["outcome"] == "held"

    def test_a_letter_changed_on_its_way_proves_nothing(self, client, ticket, agent):
        raw = self.signed(to_ticket(ticket, "agatha@example.com"), "example.com")
        assert deliver(client, raw.replace(b"An answer.", b"A lie."))["outcome"] == "held"


class TestCustomers:
    def test_a_failed_verdict_without_the_signed_address_is_held(self, client, ticket):
        message = to_ticket(ticket, "ann@customer.example", signed=False)
        with override_settings(WAGTAIL_ESCALATED=DESK):
            by_ses(client, signed_by.received(message.as_bytes(), dmarc="FAIL"))
        row = InboundEmail.objects.get()
        assert (row.state, row.reason) == ("held", "sender_failed_check")
        assert not ticket.replies.exists()

    def test_no_verdict_is_taken_and_marked(self, client, ticket):
        deliver(client, to_ticket(ticket, "ann@customer.example", signed=False))
        assert last(ticket).proved is False
        assert InboundEmail.objects.get().trust == "known"

    def test_a_pass_is_taken_as_proved(self, client, ticket):
        message = to_ticket(ticket, "ann@customer.example", signed=False)
        deliver(client, message, spam_tests=PASS)
        assert last(ticket).proved is True
        assert InboundEmail.objects.get().trust == "proved"

    def test_a_new_letter_that_failed_is_held(self, client):
        with override_settings(WAGTAIL_ESCALATED=DESK):
            by_ses(client, signed_by.received(letter().as_bytes(), dmarc="FAIL"))
        assert InboundEmail.objects.get().state == "held"
        assert not Ticket.objects.exists()

    @pytest.mark.parametrize("verdict", ["spam", "virus"])
    def test_what_the_provider_takes_for_spam_is_held(self, client, verdict):
        with override_settings(WAGTAIL_ESCALATED=DESK):
            by_ses(client, signed_by.received(letter().as_bytes(), **{verdict: "FAIL"}))
        assert InboundEmail.objects.get().reason == "spam"

    def test_the_copied_one_takes_part(self, client, ticket, agent):
        messages.reply(ticket, body="Hello.", actor=agent.user, cc=["bob@customer.example"])
        answer = deliver(client, to_ticket(ticket, "Bob <BOB@customer.example>"))
        assert answer["ticket"] == ticket.reference
        assert last(ticket).author_contact.address == "bob@customer.example"

    def test_another_desks_customer_in_the_subject_stays_outside(self, client, ticket):
        make_ticket(requester=make_contact("eve@customer.example"))
        message = letter(sender="eve@customer.example", subject=f"[{ticket.reference}] mine too")
        assert deliver(client, message)["outcome"] == "created_new"
        assert not ticket.replies.exists()

    @pytest.mark.parametrize(
        "by", ["In_Reply_To", "References", "to", "subject", "of the customer's own letter"]
    )
    def test_a_stranger_gets_a_ticket_of_their_own_whatever_they_name(self, client, by):
        first = deliver(client, letter(message_id="<first@customer.example>"))
        ticket = Ticket.objects.get(reference=first["ticket"])
        named = {
            "In_Reply_To": {"In_Reply_To": f"<ticket-{ticket.pk}@support.example.com>"},
            "References": {"References": f"<x@y> <ticket-{ticket.pk}@support.example.com> <z@y>"},
            "to": {"to": reply_address(ticket.pk)},
            "subject": {"subject": f"Re: [{ticket.reference}] mine"},
        }.get(by, {"In_Reply_To": "<first@customer.example>"})
        answer = deliver(client, letter(sender="eve@evil.example", **named))
        assert answer["outcome"] == "created_new"
        assert answer["ticket"] != ticket.reference
        assert not ticket.replies.exists()
        link = ticket.links_here.get()
        assert (link.ticket.reference, link.kind) == (answer["ticket"], "maybe_related")

    def test_a_sign_up_mail_to_a_reply_address_is_not_shown_to_the_customer(self, client, ticket):
        message = to_ticket(ticket, "no-reply@service.example", text="Your code is 123456.\n")
        assert deliver(client, message)["ticket"] != ticket.reference
        assert not ticket.replies.exists()
        assert ticket.links_here.get().ticket.requester.address == "no-reply@service.example"

    def test_reply_to_is_not_who_wrote(self, client):
        message = letter(Reply_To="attacker@evil.example")
        deliver(client, message)
        assert Ticket.objects.get().requester.address == "ann@customer.example"

    @pytest.mark.parametrize("value", ["", "<>", "not an address", "=?utf-8?q?broken"])
    def test_an_odd_reply_to_disturbs_nothing(self, client, value):
        raw = letter().as_bytes().replace(b"Subject:", f"Reply-To: {value}\nSubject:".encode(), 1)
        assert deliver(client, raw)["outcome"] == "created_new"


class TestTheSignedAddress:
    def variants(self, address):
        local, _, domain = address.partition("@")
        return {
            "upper case": address.upper(),
            "percent-encoded": address.replace("+", "%2B").replace("@", "%40"),
            "in brackets": f"Support <{address}>",
            "with others": f"boss@customer.example, {address}, other@customer.example",
            "quoted": f'"reply" <{address}>',
        }

    @pytest.mark.parametrize("how", ["upper case", "in brackets", "with others", "quoted"])
    def test_it_is_found_however_it_is_written(self, client, ticket, how):
        to = self.variants(reply_address(ticket.pk))[how]
        answer = deliver(client, letter(to=to))
        assert answer["ticket"] == ticket.reference

    def test_it_is_found_percent_encoded_in_the_envelope(self, client, ticket):
        to = self.variants(reply_address(ticket.pk))["percent-encoded"]
        assert deliver(client, letter(), recipient=to)["ticket"] == ticket.reference

    @pytest.mark.parametrize("header", ["Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To"])
    def test_it_is_found_in_every_field_of_recipients(self, client, ticket, header):
        message = letter(
            to="boss@customer.example", **{header.replace("-", "_"): reply_address(ticket.pk)}
        )
        assert deliver(client, message)["ticket"] == ticket.reference

    @pytest.mark.parametrize(
        "change",
        [
            lambda a: a.replace("@support.example.com", "@elsewhere.example"),
            lambda a: a.replace("@", "0@"),
            lambda a: a[:-21] + "@support.example.com",
            lambda a: a.replace("reply+", "reply+1"),
            lambda a: a.replace("reply+", "reply+0"),
            lambda a: a.replace("reply+", "re+"),
        ],
    )
    def test_a_changed_one_finds_nothing(self, client, ticket, change):
        address = change(reply_address(ticket.pk))
        answer = deliver(client, letter(to=address))
        assert answer["outcome"] == "created_new"
        assert not ticket.replies.exists()

    def test_one_of_an_old_secret_finds_nothing(self, client, ticket):
        old = reply_address(ticket.pk)
        desk = {"MAIL_DOMAIN": "support.example.com", "INBOUND_SECRET": "new-secret"}
        from tests.mail.letters import post_json, postmark

        with override_settings(WAGTAIL_ESCALATED=desk):
            answer = became(post_json(client, postmark(letter(to=old)), secret="new-secret"))
        assert answer["outcome"] == "created_new"

    def test_signatures_alone_where_the_host_wants_it_so(self, client, ticket):
        desk = DESK | {"ACCEPT_UNSIGNED_REPLIES": False}
        with override_settings(WAGTAIL_ESCALATED=desk):
            unsigned = deliver(client, to_ticket(ticket, "ann@customer.example", signed=False))
            named = deliver(client, letter(subject=f"[{ticket.reference}] hello"))
            signed = deliver(client, to_ticket(ticket, "ann@customer.example"))
        assert unsigned["outcome"] == named["outcome"] == "created_new"
        assert signed["ticket"] == ticket.reference


class TestTheOrder:
    """In-Reply-To, References with the newest last id first, signed address, subject."""

    @pytest.fixture
    def four(self):
        ann = make_contact("ann@customer.example")
        return [make_ticket(requester=ann) for _ in range(4)]

    def test_each_gives_way_to_the_one_before(self, client, four):
        a, b, c, d = four

        def message_id(ticket):
            return f"<ticket-{ticket.pk}@support.example.com>"

        everything = {
            "In_Reply_To": message_id(a),
            "References": f"{message_id(d)} {message_id(b)}",
            "to": reply_address(c.pk),
            "subject": f"Re: [{d.reference}] hello",
        }
        for wanted, header in zip([a, b, c, d], [*list(everything), None], strict=False):
            assert deliver(client, letter(**everything))["ticket"] == wanted.reference
            if header is not None:
                del everything[header]

    def test_ids_of_another_domain_count_for_nothing(self, client, four):
        message = letter(In_Reply_To=f"<ticket-{four[0].pk}@elsewhere.example>")
        assert deliver(client, message)["outcome"] == "created_new"

    def test_the_id_of_the_customers_own_letter_finds_its_ticket(self, client):
        first = deliver(client, letter(message_id="<one@customer.example>"))
        answer = deliver(client, letter(In_Reply_To="<one@customer.example>", text="And then?\n"))
        assert answer["ticket"] == first["ticket"]

    def test_the_id_that_the_provider_gave_our_mail_finds_its_ticket(self, client, four):
        from wagtail_escalated.models import OutboundEmail

        mails = OutboundEmail.objects.filter(ticket=four[0])
        assert mails.update(provider_id="0102-abc")
        answer = deliver(client, letter(In_Reply_To="<0102-abc@eu-west-1.amazonses.com>"))
        assert answer["ticket"] == four[0].reference

    def test_a_reference_is_read_in_any_case(self, client, four):
        message = letter(subject=f"aw: {four[2].reference.lower()}")
        assert deliver(client, message)["ticket"] == four[2].reference

    def test_letters_to_a_merged_ticket_arrive_where_it_went(self, client, four, agent):
        tickets.merge(four[0], four[1], actor=agent.user)
        assert deliver(client, letter(to=reply_address(four[0].pk)))["ticket"] == four[1].reference

    def test_a_deleted_ticket_does_not_come_back(self, client, four):
        from tests.factories import make_manager

        address = reply_address(four[0].pk)
        tickets.delete(four[0], actor=make_manager())
        answer = deliver(client, letter(to=address))
        assert (answer["outcome"], answer["reason"]) == ("held", "deleted_ticket")
