"""What no person wrote: recorded, no ticket, no mail; a bounce is shown at the message that bounced."""

import pytest

from tests.factories import make_contact, make_ticket
from tests.mail.letters import deliver, letter
from wagtail_escalated.actions import messages
from wagtail_escalated.models import (
    BlockedSender,
    InboundEmail,
    OutboundEmail,
    SuppressedAddress,
    Ticket,
)
from wagtail_escalated.tokens import reply_address

pytestmark = pytest.mark.django_db

HEADERS = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-generated; type=x"},
    {"Precedence": "bulk"},
    {"Precedence": "auto_reply"},
    {"List_Id": "<news.example>"},
    {"List_Unsubscribe": "<mailto:off@example.org>"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Autoreply": "yes"},
    {"Return_Path": "<>"},
]
VACATIONS = [
    "Automatic reply: The lamp",
    "Out of office: Re: The lamp",
    "Automatische Antwort: Die Lampe",
    "Abwesenheitsnotiz",
    "Réponse automatique : La lampe",
    "Absence du bureau : la lampe",
    "Respuesta automática: La lámpara",
    "Fuera de la oficina",
    "Risposta automatica: La lampada",
    "Fuori ufficio",
    "Resposta automática: A lâmpada",
    "Automatisch antwoord: De lamp",
    "Afwezigheidsbericht",
    "Autosvar: Lampan",
    "Automatiskt svar: Lampan",
    "Automatisk svar: Lampen",
    "Fravær",
    "Automaattinen vastaus: Lamppu",
    "Odpowiedź automatyczna: Lampa",
    "Automatická odpověď: Lampa",
    "Автоматический ответ: Лампа",
    "Автоответ",
    "Automatikus válasz: Lámpa",
    "Otomatik yanıt: Lamba",
    "Автоматична відповідь: Лампа",
    "自動応答: ランプ",
    "自动回复：灯",
    "자동 회신: 램프",
    "תשובה אוטומטית: מנורה",
    "رد تلقائي: مصباح",
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_machine_headers_make_no_ticket_and_no_mail(client, sent, headers):
    with sent() as mails:
        answer = deliver(client, letter(**headers))
    assert answer["outcome"] == "ignored"
    assert answer["reason"]
    assert not Ticket.objects.exists()
    assert not mails


@pytest.mark.parametrize("subject", VACATIONS)
def test_a_vacation_reply_that_admits_nothing_is_known_by_its_subject(client, subject):
    assert deliver(client, letter(subject=subject))["reason"] == "vacation_subject"
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office badge does not open the door",
        "Automatic replies of your lamp are wrong",
        "How do I write an automatic reply?",
        "Vacation booking",
        "Abwesenheit eines Kollegen im Kalender eintragen",
        "Returned to you by post",
    ],
)
def test_a_person_who_writes_of_such_things_is_heard(client, subject):
    assert deliver(client, letter(subject=subject))["outcome"] == "created_new"


def test_auto_submitted_no_is_a_person(client):
    assert deliver(client, letter(Auto_Submitted="no"))["outcome"] == "created_new"


def test_an_automatic_reply_in_a_thread_does_not_wake_the_ticket(client, agent, department):
    ticket = make_ticket(requester=make_contact("ann@customer.example"), department=department)
    messages.reply(ticket, body="Hello.", actor=agent.user, status="resolved")
    message = letter(to=reply_address(ticket.pk), Auto_Submitted="auto-replied")
    assert deliver(client, message)["outcome"] == "ignored"
    ticket.refresh_from_db()
    assert ticket.status == "resolved"


@pytest.mark.parametrize("sender", ["support@support.example.com", "LAMPS@support.example.com"])
def test_our_own_letters_come_back_to_nobody(client, department, sender):
    assert deliver(client, letter(sender=sender))["reason"] == "own_address"
    assert not Ticket.objects.exists()


def test_a_letter_from_a_reply_address_is_our_own(client):
    answer = deliver(client, letter(sender=reply_address(1)))
    assert answer["reason"] == "own_address"


def test_two_desks_that_answer_each_other_stop_after_a_few(client, sent):
    """The other desk confirms each of our mails, in a new thread, and says nowhere that it is a machine."""
    with sent() as mails:
        deliver(client, letter(sender="desk@other.example", subject="Ticket 1"))
    letters = 0
    while mails and letters < 10:
        letters += 1
        with sent() as mails:
            deliver(
                client, letter(sender="desk@other.example", subject=f"We received it {letters}")
            )
    assert letters <= 2


def test_two_desks_in_one_thread_stop_after_a_few(client):
    ticket = make_ticket(requester=make_contact("desk@other.example"))
    outcomes = [
        deliver(
            client,
            letter(sender="desk@other.example", to=reply_address(ticket.pk), text=f"Thanks {n}\n"),
        )["outcome"]
        for n in range(25)
    ]
    assert outcomes[-1] == "held"
    assert outcomes.count("replied_to_existing") <= 20


def test_machines_that_answer_each_from_a_new_address_stop_after_a_few(client, sent):
    """Each mail of ours opens a case over there, which has an address of its own and confirms it."""
    with sent() as mails:
        deliver(client, letter(sender="case-0@other.example"))
    cases = 0
    while mails and cases < 20:
        cases += 1
        answering = letter(
            sender=f"case-{cases}@other.example",
            to=mails[0]["Reply-To"],
            subject=f"We received your mail: {mails[0]['Subject']}",
            In_Reply_To=mails[0]["Message-ID"],
        )
        with sent() as mails:
            answer = deliver(client, answering)
    assert (answer["outcome"], answer["reason"]) == ("held", "too_many_in_thread")
    assert cases <= 4


def bounce_of(mail, *, status="5.1.1", with_id=True, recipient="ann@customer.example"):
    head = f"Message-ID: <{mail.message_id}>\n" if with_id else ""
    return (
        "From: Mail Delivery System <mailer-daemon@mx.example>\n"
        "To: support@support.example.com\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 No such person\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{head}Subject: x\n--b--\n"
    ).encode()


class TestBounces:
    @pytest.fixture
    def reply_mail(self, department, agent, sent):
        ticket = make_ticket(requester=make_contact("ann@customer.example"), department=department)
        with sent():
            messages.reply(ticket, body="Hello.", actor=agent.user, channel="email")
        return OutboundEmail.objects.get(kind="reply")

    def test_it_is_shown_at_the_message_that_bounced(self, client, reply_mail):
        answer = deliver(client, bounce_of(reply_mail))
        assert answer["outcome"] == "ignored"
        assert answer["ticket"] == reply_mail.ticket.reference
        reply_mail.refresh_from_db()
        assert reply_mail.state == "bounced"
        assert "No such person" in reply_mail.error
        event = reply_mail.ticket.events.get(kind="mail_failed")
        assert event.reply == reply_mail.reply
        assert Ticket.objects.count() == 1

    def test_a_letter_that_looks_like_a_bounce_stops_no_address(self, client, reply_mail):
        deliver(client, bounce_of(reply_mail))
        assert not SuppressedAddress.objects.exists()

    def test_one_that_will_be_tried_again_changes_nothing(self, client, reply_mail):
        deliver(client, bounce_of(reply_mail, status="4.4.1"))
        reply_mail.refresh_from_db()
        assert reply_mail.state == "sent"

    def test_without_the_original_id_it_is_recorded_alone(self, client, reply_mail):
        answer = deliver(client, bounce_of(reply_mail, with_id=False))
        assert (answer["outcome"], answer["ticket"]) == ("ignored", None)

    def test_one_of_an_agents_mail_makes_no_new_mail(self, client, reply_mail, sent):
        with sent():
            messages.reply(
                reply_mail.ticket, body="And?", actor=reply_mail.ticket.requester, channel="email"
            )
        mail = OutboundEmail.objects.get(kind="agent_replied")
        with sent() as mails:
            deliver(client, bounce_of(mail, recipient=mail.address))
        assert not mails
        mail.refresh_from_db()
        assert mail.state == "bounced"


class TestListedSenders:
    @pytest.mark.parametrize("pattern", ["ann@customer.example", "@customer.example"])
    def test_a_blocked_sender_is_ignored(self, client, pattern):
        BlockedSender.objects.create(pattern=pattern)
        assert deliver(client, letter())["reason"] == "blocked_sender"
        assert not Ticket.objects.exists()

    def test_an_allowed_sender_is_never_taken_for_a_machine(self, client):
        BlockedSender.objects.create(pattern="@customer.example", allow=True)
        assert deliver(client, letter(Precedence="list"))["outcome"] == "created_new"

    def test_an_allowed_address_wins_over_its_blocked_domain(self, client):
        BlockedSender.objects.create(pattern="@customer.example")
        BlockedSender.objects.create(pattern="ann@customer.example", allow=True)
        assert deliver(client, letter())["outcome"] == "created_new"


def test_a_flood_of_one_sender_is_held(client, monkeypatch):
    from datetime import timedelta

    from wagtail_escalated.mail import senders

    monkeypatch.setattr(senders, "FROM_ONE_SENDER", (3, timedelta(hours=1)))
    outcomes = [deliver(client, letter(subject=f"Lamp {n}"))["outcome"] for n in range(5)]
    assert outcomes == ["created_new"] * 3 + ["held"] * 2
    assert InboundEmail.objects.filter(reason="too_many").count() == 2


def test_each_recorded_letter_keeps_its_bytes(client):
    from wagtail_escalated.mail import archive

    message = letter(Precedence="bulk")
    answer = deliver(client, message)
    row = InboundEmail.objects.get(pk=answer["id"])
    assert archive.letter_of(row).raw == message.as_bytes()
