"""What is malformed or meant ill: a ticket, a held or an ignored row with its reason. Never a lost letter."""

import time
import tracemalloc
from email.message import EmailMessage

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_agent
from tests.mail.letters import PNG, deliver, letter, post_json, postmark
from wagtail_escalated.files import safe_file_name
from wagtail_escalated.mail.headers import parse_addresses
from wagtail_escalated.mail.machine_mail import classify
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.mail.quoting import fold
from wagtail_escalated.models import InboundEmail, Ticket
from wagtail_escalated.sanitize import sanitize_html


@pytest.mark.django_db
class TestAtTheDoor:
    def test_no_from_is_held(self, client):
        answer = deliver(client, b"To: x@support.example.com\nSubject: hi\n\nHello\n")
        assert (answer["outcome"], answer["reason"]) == ("held", "no_sender")

    def test_a_from_with_two_readings_is_held(self, client):
        answer = deliver(
            client, b"From: ann@customer.example)bob@evil.example\nSubject: hi\n\nHello\n"
        )
        assert answer["reason"] == "no_sender"

    def test_two_froms_are_not_proved(self, client):
        raw = b"From: a@one.example\nFrom: b@two.example\nSubject: hi\n\nHello\n"
        deliver(client, raw, spam_tests="DKIM_VALID_AU")
        ticket = Ticket.objects.get()
        assert (ticket.requester.address, ticket.proved) == ("a@one.example", False)

    def test_no_message_id_is_a_ticket(self, client):
        assert (
            deliver(client, b"From: a@b.example\nSubject: hi\n\nHello\n")["outcome"]
            == "created_new"
        )

    def test_no_subject_has_a_name(self, client):
        deliver(client, b"From: a@b.example\n\nHello\n")
        assert Ticket.objects.get().subject == "(no subject)"

    def test_a_subject_without_a_body_is_a_ticket(self, client):
        deliver(client, b"From: a@b.example\nSubject: Please call me\n\n\n")
        ticket = Ticket.objects.get()
        assert (ticket.subject, ticket.description) == ("Please call me", "(no text)")

    def test_a_picture_alone_is_a_ticket(self, client):
        message = letter(text="\n", subject="", files=[("photo.png", "image/png", PNG)])
        deliver(client, message)
        assert Ticket.objects.get().attachments.get().name == "photo.png"

    def test_a_remote_picture_alone_is_a_ticket(self, client):
        message = letter(text="", subject="", html='<img src="https://shop.example/broken.png">')
        assert deliver(client, message)["outcome"] == "created_new"

    def test_what_an_action_refuses_is_held_with_its_reason(self, client, monkeypatch):
        from wagtail_escalated.exceptions import InvalidTicket
        from wagtail_escalated.mail import decide

        def refuse(**kwargs):
            raise InvalidTicket("subject", "No.")

        monkeypatch.setattr(decide.tickets, "create", refuse)
        answer = deliver(client, letter())
        assert (answer["outcome"], answer["reason"]) == ("held", "invalid")

    def test_nul_anywhere_disturbs_no_database(self, client):
        raw = (
            b"From: A\x00nn <a@b.example>\nSubject: h\x00i =?utf-8?q?=00?=\nMIME-Version: 1.0\n"
            b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nHe\x00llo\n'
            b'--x\nContent-Disposition: attachment; filename="a\x00b.txt"\n\nfile\n--x--\n'
        )
        deliver(client, raw)
        ticket = Ticket.objects.get()
        assert (ticket.description, ticket.attachments.get().name) == ("Hello", "ab.txt")

    def test_what_outlook_alone_can_open_is_kept_and_named_so(self, client):
        tnef = b"\x78\x9f\x3e\x22 and what follows"
        files = [("winmail.dat", "application/ms-tnef", tnef), ("photo.png", "image/png", PNG)]
        deliver(client, letter(text="\n", files=files))
        ticket = Ticket.objects.get()
        kept = ticket.attachments.get(name="winmail.dat")
        assert (kept.size, kept.rejected) == (len(tnef), "")
        client.force_login(make_agent("agatha").user)
        page = client.get(
            reverse("wagtail_escalated_admin:ticket", args=[ticket.reference])
        ).content.decode()
        assert page.count("in a format of its own that cannot be opened here") == 1

    def test_line_breaks_in_subject_and_name_start_no_header(self, client, sent):
        raw = (
            b"From: =?utf-8?q?Ann=0D=0ABcc=3A_x=40evil.example?= <a@b.example>\n"
            b"Subject: =?utf-8?q?hi=0D=0ABcc=3A_x=40evil.example?=\n\nHello\n"
        )
        with sent() as mails:
            deliver(client, raw)
        ticket = Ticket.objects.get()
        assert "\n" not in ticket.subject + ticket.requester.name
        assert all(mail["Bcc"] is None for mail in mails)

    def test_a_long_subject_is_cut(self, client):
        deliver(client, letter(subject="x" * 3_000))
        assert len(Ticket.objects.get().subject) == 250

    def test_a_message_id_of_2_kb_is_taken(self, client):
        raw = b"Message-ID: <" + b"x" * 2_000 + b"@b.example>\nFrom: a@b.example\n\nHello\n"
        assert deliver(client, raw)["outcome"] == "created_new"

    def test_a_long_display_name_is_cut(self, client):
        raw = b'From: "' + b"x" * 5_000 + b'" <a@b.example>\n\nHello\n'
        assert deliver(client, raw)["outcome"] == "created_new"
        assert len(Ticket.objects.get().requester.name) <= 200

    def test_a_letter_that_fails_leaves_the_next_alone(self, client, monkeypatch):
        from wagtail_escalated.mail import intake

        whole = intake.decide

        def decide(row, letter_, message, **known):
            if "poison" in message.subject:
                raise RuntimeError("boom")
            return whole(row, letter_, message, **known)

        monkeypatch.setattr(intake, "decide", decide)
        answer = deliver(client, letter(subject="poison"))
        row = InboundEmail.objects.get(pk=answer["id"])
        assert (row.state, row.reason, row.detail) == ("failed", "error", "RuntimeError")
        assert deliver(client, letter(subject="good"))["outcome"] == "created_new"

    def test_a_failed_letter_is_tried_with_growing_pauses_and_then_held(
        self, client, monkeypatch, time_machine
    ):
        from wagtail_escalated.mail import intake

        whole = intake.decide
        monkeypatch.setattr(intake, "decide", lambda *a, **k: 1 / 0)
        time_machine.move_to(timezone.now())
        answer = deliver(client, letter())
        pauses = []
        for _ in range(20):
            row = InboundEmail.objects.get(pk=answer["id"])
            if row.next_attempt_at is None:
                break
            pauses.append((row.next_attempt_at - timezone.now()).total_seconds())
            time_machine.shift(pauses[-1] + 1)
            intake.process_due()
        assert pauses == sorted(pauses)
        assert sum(pauses) > 24 * 3600  # a day without database or storage is survived
        assert (row.state, row.reason) == ("held", "gave_up")
        monkeypatch.setattr(intake, "decide", whole)
        intake.try_now(row)
        assert intake.process(str(row.pk)) == "done"

    @pytest.mark.real_worker
    def test_a_letter_that_kills_its_worker_is_held_after_a_few(
        self, client, monkeypatch, time_machine
    ):
        from wagtail_escalated.mail import intake, later

        class Killed(BaseException):
            """As SIGKILL: nothing of ours catches it."""

        def kill(*args, **kwargs):
            raise Killed

        monkeypatch.setattr(later.Conf, "SYNC", False)
        time_machine.move_to(timezone.now())
        answer = post_json(client, postmark(letter())).json()
        monkeypatch.setattr(intake, "decide", kill)
        deaths = 0
        for _ in range(20):
            try:
                intake.process_due()
            except Killed:
                deaths += 1
                time_machine.shift(700)
        row = InboundEmail.objects.get(pk=answer["id"])
        assert (row.state, row.reason) == ("held", "gave_up")
        assert deaths == intake.MAX_ATTEMPTS


def nested(depth):
    body = b"Content-Type: text/plain\n\ndeepest\n"
    for level in range(depth):
        mark = b"b%d" % level
        body = (
            b'Content-Type: multipart/mixed; boundary="'
            + mark
            + b'"\n\n--'
            + mark
            + b"\n"
            + body
            + b"\n--"
            + mark
            + b"--\n"
        )
    return b"From: a@b.example\n" + body


HEAD = b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"
RETURNED = b"From: mailer-daemon@b.example\nSubject: Undelivered mail\n\n"
HEAVY = {
    "1,000 nested parts": nested(1_000),
    "100,000 parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\n\nhi\n" * 100_000,
    "100,000 false boundaries": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n"
    + b"--xy\n" * 100_000,
    "mail in mail in mail": HEAD + b"Content-Type: message/rfc822\n\n" * 2_000 + b"hi",
    "100,000 headers": b"".join(b"X-%d: y\n" % n for n in range(100_000)) + b"\nhi",
    "a header of 5 MB": b"Subject: " + b"x" * 5_000_000 + b"\n\nhi",
    "100,000 addresses": b"To: " + b"a@b.example, " * 100_000 + b"\n\nhi",
    "only quotes in From": b"From: " + b'"' * 100_000 + b"\n\nhi",
    "only comments in From": b"From: " + b"(" * 100_000 + b"\n\nhi",
    "many encoded words": b"Subject: " + b"=?utf-8?q?=C3?= " * 100_000 + b"\n\nhi",
    "a 50 MB line": HEAD + b"\n" + b"x" * 50_000_000,
    "a million line breaks": HEAD + b"\n" + b"\n" * 1_000_000 + b"x",
    "300 nested div": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 300 + b"hi",
    "100,000 nested div": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 100_000 + b"hi",
    "5,000 links": HEAD
    + b"Content-Type: text/html\n\n"
    + b'<a href="https://a.example/?a=1&b=2">x</a>' * 5_000,
    "misnested markup": HEAD + b"Content-Type: text/html\n\n" + b"<i></b>" * 100_000,
    "unclosed comments": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 200_000,
    "bare ampersands": HEAD + b"Content-Type: text/html\n\n" + b"&#" * 400_000,
    "white space in a header": HEAD + b"Content-Type: text/plain;" + b" " * 31_900 + b"x\n\nhi",
    "white space in each of a thousand headers": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n"
    + (b"--x\nContent-Disposition: inline; a" + b" " * 31_900 + b"x\n\nhi\n") * 1_000,
    "addresses in 2,000 headers": (b"To: " + b"a@b.example," * 1_300 + b"\n") * 2_000 + b"\n\nhi",
    "a bounce of blank lines": RETURNED + b"\n" * 200_000 + b"x",
    "a bounce of quoted lines": RETURNED + b"> \n" * 60_000 + b"x",
    "200,000 paragraphs": HEAD + b"Content-Type: text/html\n\n" + b"<p>" * 200_000,
    "220,000 line breaks": HEAD + b"Content-Type: text/html\n\n" + b"<br>" * 220_000,
    "fifty bodies of 49,000 paragraphs": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n"
    + (b"--x\nContent-Type: text/html\n\n" + b"<p>" * 49_000 + b"\n") * 50,
    "a thousand letters of 3,000 parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=x\n\n"
    + (
        b"--x\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=y\n\n"
        + b"--y\n\nhi\n" * 3_000
    )
    * 1_000,
    "an empty boundary": HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nhi\n--\n',
    "a parameter without end": HEAD
    + b'Content-Type: text/plain; name="'
    + b"\\" * 100_000
    + b"\n\nhi",
    "many parameters": HEAD + b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\n\nhi",
    "30 MB of base64": HEAD
    + b"Content-Type: application/x\nContent-Transfer-Encoding: base64\n\n"
    + b"QUJD" * 7_500_000,
}


@pytest.mark.parametrize("what", HEAVY)
def test_what_is_heavy_takes_at_most_two_seconds(what):
    started = time.process_time()
    message = normalise(HEAVY[what])
    classify(message)
    body = fold(message.text, message.html)
    for html in (body.html, body.quoted_html):
        sanitize_html(html)
    assert time.process_time() - started < 2 * SLOWNESS


SLOWNESS = 2  # of the processor's time: other tests run beside this one


def test_30_mb_take_at_most_300_mb():
    raw = HEAVY["30 MB of base64"]
    tracemalloc.start()
    normalise(raw)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak + len(raw) < 300 * 1024 * 1024


def test_deep_nesting_keeps_what_stands_above_it():
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=top\n\n--top\n\nthe text\n--top\n"
        + nested(200).split(b"\n", 1)[1]
        + b"\n--top--\n"
    )
    message = normalise(raw)
    assert message.text.startswith("the text")
    assert "too deep" in message.defects


CHARSETS = {
    "a label that lies": (
        b"Content-Type: text/plain; charset=us-ascii\n\n" + "Größe".encode(),
        "Größe",
    ),
    "latin as utf-8": (
        b"Content-Type: text/plain; charset=utf-8\n\n" + "Größe".encode("latin-1"),
        "Größe",
    ),
    "utf-8 as latin": (
        b"Content-Type: text/plain; charset=iso-8859-1\n\n" + "Größe".encode(),
        "Größe",
    ),
    "unknown-8bit": (
        b"Content-Type: text/plain; charset=unknown-8bit\n\n" + "Größe".encode("cp1252"),
        "Größe",
    ),
    "default": (b"Content-Type: text/plain; charset=default\n\n" + "Größe".encode(), "Größe"),
    "utf-7": (b"Content-Type: text/plain; charset=utf-7\n\nGr+APYA3w-e", "Größe"),
    "gb2312": (b"Content-Type: text/plain; charset=gb2312\n\n" + "你好".encode("gb18030"), "你好"),
    "a codec that is no charset": (
        b"Content-Type: text/plain; charset=unicode_escape\n\n\\x41",
        "\\x41",
    ),
    "rot13": (b"Content-Type: text/plain; charset=rot13\n\nabc", "abc"),
    "none": (b"\n" + "Größe".encode(), "Größe"),
    "windows quotes": (b"Content-Type: text/plain; charset=iso-8859-1\n\n\x93hi\x94", "“hi”"),
    "a soft break in a character": (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=\n=B6=C3=9Fe",
        "Größe",
    ),
    "a bogus encoding": (b"Content-Type: text/plain\nContent-Transfer-Encoding: x-foo\n\nhi", "hi"),
    "broken base64": (
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsb!!G8gd29ybGQ",
        "hello world",
    ),
}


@pytest.mark.parametrize("what", CHARSETS)
def test_charsets_are_repaired(what):
    raw, text = CHARSETS[what]
    assert normalise(b"From: a@b.example\n" + raw).text == text


def test_lone_surrogates_do_not_survive():
    raw = b"Content-Type: text/plain; charset=utf-16\n\n\xff\xfe\x00\xd8a\x00"
    normalise(raw).text.encode("utf-8")


NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\Windows\\evil.txt": "evil.txt",
    "a\x00b.txt": "a_b.txt",
    "invoice\u202egpj.exe": "invoicegpj.exe",
    "\u200b\ufeffreport.pdf": "report.pdf",
    "<b>x</b>.html": "b_.html",
    "   ": "",
    "...": "",
    "CON:aux.txt": "CON_aux.txt",
}


@pytest.mark.parametrize("name", NAMES)
def test_file_names_are_made_safe(name):
    assert safe_file_name(name) == NAMES[name]


def test_a_long_name_keeps_its_extension():
    name = safe_file_name("x" * 300 + ".pdf")
    assert name.endswith(".pdf")
    assert len(name) <= 120


def test_dates_of_all_kinds():
    for value in (
        "Mon, 1 Jan 0001 00:00:00 +0000",
        "31 Dec 9999 23:59:59 -2359",
        "x" * 180,
        "1 Jan 2100",
    ):
        normalise(f"From: a@b.example\nDate: {value}\n\nhi".encode())


ADDRESSES = {
    '"a, b" <x@y.example>, u@v.example (a (nested) comment)': ["x@y.example", "u@v.example"],
    "Friends: a@b.example, C <c@d.example>;": ["a@b.example", "c@d.example"],
    "undisclosed-recipients:;": [],
    "=?utf-8?q?victim=40x.example=2C?= <e@f.example>": ["e@f.example"],
    '"boss@x.example" <e@f.example>': ["e@f.example"],
    "x@bücher.example": ["x@bücher.example"],
    "用户@例子.example": ["用户@例子.example"],
    "a@b.example@c.example": [],
    "<@relay.example:a@b.example>": ["a@b.example"],
}


@pytest.mark.parametrize("value", ADDRESSES)
def test_addresses_are_read_one_way(value):
    assert [one.address for one in parse_addresses(value)] == ADDRESSES[value]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=3_000))
def test_any_bytes_are_read(raw):
    message = normalise(raw)
    (message.text + message.html + message.subject).encode("utf-8")
    assert "\x00" not in message.text + message.html + message.subject


FRAGMENTS = st.sampled_from(
    [
        b"From: a@b.example\n",
        b"Subject: =?utf-8?b?",
        b"?=\n",
        b"Content-Type: multipart/mixed; boundary=",
        b"Content-Type: multipart/alternative; boundary=x\n",
        b"Content-Type: text/html; charset=",
        b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%41",
        b"--x\n",
        b"--x--\n",
        b"\n\n",
        b"\r\n",
        b'"',
        b"<div>",
        b"begin 644 a\n",
        b"\xff\xfe",
        b"\x00",
        b"x",
    ]
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FRAGMENTS, max_size=60))
def test_anything_that_looks_like_a_letter_is_read(fragments):
    normalise(b"".join(fragments))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=500), st.text(max_size=200))
def test_what_python_writes_is_read_back(text, html):
    message = EmailMessage()
    message["From"] = "a@b.example"
    clean = text.encode("utf-8", "replace").decode().replace("\x00", "")
    message.set_content(clean, cte="base64")
    assert (
        normalise(message.as_bytes()).text.split() == clean.replace("\ufeff", "").split()
        or not clean.strip()
    )


@pytest.mark.parametrize(
    ("outer", "inner", "is_closed"),
    [
        ("a", "b", True),
        ("a", "ab", True),
        ("a", "a--", True),
        ("a--", "a----", True),
        ("a", "a--", False),
    ],
)
def test_a_boundary_may_begin_like_the_one_around_it(outer, inner, is_closed):
    lines = [
        f"Content-Type: multipart/mixed; boundary={outer}", "", f"--{outer}",
        f"Content-Type: multipart/alternative; boundary={inner}", "",
        f"--{inner}", "Content-Type: text/plain", "", "one",
        f"--{inner}", "Content-Type: text/html", "", "<p>two</p>",
        *([f"--{inner}--"] if is_closed else []),
        f"--{outer}", 'Content-Disposition: attachment; filename="x.txt"', "", "three",
        f"--{outer}--", "",
    ]  # fmt: skip
    message = normalise("\r\n".join(lines).encode())
    assert (message.text, message.html) == ("one", "<p>two</p>")
    assert [(one.name, one.content) for one in message.files] == [("x.txt", b"three")]
