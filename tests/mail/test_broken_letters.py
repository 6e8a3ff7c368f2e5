"""Letters that break a rule and can still be read: they are, at the door, and nothing of them is lost."""

import pytest

from tests.mail.letters import deliver
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.models import Ticket

pytestmark = pytest.mark.django_db

HEAD = b"From: Ann <ann@customer.example>\nTo: support@support.example.com\nSubject: Lamp\nMIME-Version: 1.0\n"
BODY = b"\nIt stays dark.\n"
MULTIPART = (
    b"Content-Type: multipart/mixed%b\n\n--=_part\nContent-Type: text/plain\n\nIt stays dark.\n"
    b'--=_part\nContent-Type: text/csv\nContent-Disposition: attachment; filename="a.csv"\n\n1,2\n--=_part--\n'
)
READ = {
    "line ends of an old Mac": (HEAD + BODY).replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + HEAD + BODY,
    "blank lines above the header": b"\r\n\r\n" + HEAD + BODY,
    "the envelope line of an mbox": b"From ann@customer.example Mon Nov 30 2026\n" + HEAD + BODY,
    "an escaped envelope line": b">From ann@customer.example Mon\n" + HEAD + BODY,
    "two Message-IDs": b"Message-ID: <1@x.example>\nMessage-ID: <2@x.example>\n" + HEAD + BODY,
    "a date of the year 1": b"Date: Mon, 1 Jan 0001 00:00:00 +0000\n" + HEAD + BODY,
    "a date of the year 9999": b"Date: Fri, 31 Dec 9999 23:59:59 -2359\n" + HEAD + BODY,
    "a date of 180 digits": b"Date: " + b"9" * 180 + b"\n" + HEAD + BODY,
    "an empty Reply-To": b"Reply-To: ,;;<><>\n" + HEAD + BODY,
    "a multipart that closes nothing": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nIt stays dark.",
}


@pytest.mark.parametrize("what", READ)
def test_it_is_a_ticket_with_its_words(client, what):
    assert deliver(client, READ[what])["outcome"] == "created_new"
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.description) == ("Lamp", "It stays dark.")
    assert ticket.requester.address == "ann@customer.example"


@pytest.mark.parametrize("boundary", [b"", b"; boundary=", b'; boundary=""'])
def test_a_boundary_that_is_not_named_is_found(client, boundary):
    deliver(client, HEAD + MULTIPART % boundary)
    ticket = Ticket.objects.get()
    assert ticket.description == "It stays dark."
    assert ticket.attachments.get().name == "a.csv"


def test_a_boundary_of_a_part_that_was_never_closed_is_no_text(client):
    """As programs leave it that write a footer below the parts of a letter."""
    deliver(
        client,
        HEAD
        + b"Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: multipart/mixed; boundary=in\n\n"
        b"--in\nContent-Type: text/plain\n\nIt stays dark.\n--out\nContent-Type: text/plain\n\nSent by the list.\n"
        b'--in\nContent-Type: text/csv\nContent-Disposition: attachment; filename="a.csv"\n\n1,2\n--in--\n--out--\n',
    )
    ticket = Ticket.objects.get()
    assert ticket.description.split() == ["It", "stays", "dark.", "Sent", "by", "the", "list."]
    assert ticket.attachments.get().name == "a.csv"


SEALED = {
    "S/MIME, encrypted": (
        b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n'
        b"Content-Transfer-Encoding: base64\n\nMIIB\n",
        "(no text)",
        {"smime.p7m"},
    ),
    "S/MIME, signed": (
        b"Content-Type: multipart/signed; protocol=application/pkcs7-signature; boundary=x\n\n--x\n"
        b"Content-Type: text/plain\n\nIt stays dark.\n--x\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n--x--\n",
        "It stays dark.",
        {"smime.p7s"},
    ),
    "PGP, encrypted": (
        b"Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=x\n\n--x\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--x--\n",
        "(no text)",
        {"attachment-1.pgp", "encrypted.asc"},
    ),
    "an invitation": (
        b"Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\nPlease come.\n--x\n"
        b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--x--\n",
        "Please come.",
        {"attachment-1.ics"},
    ),
    "a letter in a letter in a letter": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nSee below.\n--x\nContent-Type: message/rfc822\n\n"
        b"Subject: The inner one\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\ninner\n--y\n"
        b"Content-Type: message/rfc822\n\nSubject: innermost\n\nx\n--y--\n--x--\n",
        "See below.",
        {"The inner one.eml"},
    ),
    "only a forwarded letter": (
        b"Content-Type: message/rfc822\n\nSubject: The inner one\n\ninner\n",
        "(no text)",
        {"The inner one.eml"},
    ),
    "a file that lies elsewhere": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nSee there.\n--x\n"
        b'Content-Type: message/external-body; access-type=URL; URL="http://169.254.169.254/"; name="plan.pdf"\n\n\n--x--\n',
        "See there.",
        {"plan.pdf"},
    ),
}


@pytest.mark.parametrize("what", SEALED)
def test_what_cannot_be_opened_here_is_kept_as_a_file(client, what):
    rest, text, names = SEALED[what]
    assert deliver(client, HEAD + rest)["outcome"] == "created_new"
    ticket = Ticket.objects.get()
    assert ticket.description == text
    assert {one.name for one in ticket.attachments.all()} == names


FLOWED = {
    "lines that go on": ("It stays \ndark, \nalways.\n\nAnn", "It stays dark, always.\n\nAnn"),
    "lines that do not": ("one\ntwo", "one\ntwo"),
    "a quote of two depths": ("> a \n> b\n>> c \n>> d\ne", "> a b\n>> c d\ne"),
    "a signature": ("Hi \n-- \nAnn", "Hi \n-- \nAnn"),
    "stuffed lines": (" >no quote\n  indented", ">no quote\n indented"),
    "a blank line": ("a \n\nb", "a \nb"),
}


@pytest.mark.parametrize("what", FLOWED)
def test_paragraphs_of_format_flowed_are_put_together(what):
    text, wanted = FLOWED[what]
    raw = b"Content-Type: text/plain; format=flowed\n\n" + text.encode()
    assert normalise(raw).text == wanted


def test_delsp_joins_words_of_languages_without_spaces():
    raw = "Content-Type: text/plain; charset=utf-8; format=Flowed; DelSp=Yes\n\n電気が \nつかない。".encode()
    assert normalise(raw).text == "電気がつかない。"
