"""A mailbox read by IMAP: a small server of the test's own, on this machine."""

import io
import socketserver
import threading

import pytest
from django.core.management import CommandError, call_command

from tests.mail.letters import letter
from wagtail_escalated.mail import imap
from wagtail_escalated.models import Ticket

pytestmark = pytest.mark.django_db


class Handler(socketserver.StreamRequestHandler):
    """Just as much of RFC 3501 as the client asks for."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            if not self.answer(tag, command):
                return

    def answer(self, tag, command):
        box, words = self.server.box, command.split()
        name = words[0].upper()
        if name == "LOGIN" and "wrong" in command:
            self.say(f"{tag} NO wrong password")
            return True
        if name == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif name == "SELECT":
            self.server.selected.append(command.partition(" ")[2].strip('"'))
            if "Nowhere" in command:
                self.say(f"{tag} NO There is no such mailbox")
                return True
            self.say(f"* {len(box)} EXISTS")
        elif command.upper().startswith("UID SEARCH"):
            unseen = [str(n) for n, one in enumerate(box, 1) if not one["seen"]]
            self.say("* SEARCH " + " ".join(unseen))
        elif command.upper().startswith("UID FETCH"):
            number = int(words[2])
            raw = box[number - 1]["raw"]
            self.say(f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}")
            self.wfile.write(raw + b")\r\n")
        elif command.upper().startswith("UID STORE"):
            box[int(words[2]) - 1]["seen"] = True
        elif name == "LOGOUT":
            self.say("* BYE")
        self.say(f"{tag} OK done")
        return name != "LOGOUT"


@pytest.fixture
def server(monkeypatch):
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as running:
        running.box = [
            {"raw": letter(subject=f"Lamp {number}").as_bytes(), "seen": False}
            for number in range(3)
        ]
        running.selected = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        plain = imap.imaplib.IMAP4
        monkeypatch.setattr(
            imap, "_connect", lambda address, parts: plain(parts.hostname, parts.port, timeout=10)
        )
        monkeypatch.setenv("ESCALATED_IMAP_PASSWORD", "right")
        running.url = f"imaps://desk%40example.com@127.0.0.1:{running.server_address[1]}/INBOX"
        yield running
        running.shutdown()


def run(url):
    out = io.StringIO()
    call_command("escalated_receive_mail", url, stdout=out)
    return out.getvalue().strip()


def test_unseen_letters_become_tickets_once(server):
    assert run(server.url).startswith("3 received: 3 done")
    assert all(one["seen"] for one in server.box)
    assert run(server.url).startswith("0 received")
    assert Ticket.objects.count() == 3


def test_what_could_not_be_stored_stays_for_the_next_time(server, monkeypatch):
    from wagtail_escalated import storage

    def full(content):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", full)
        with pytest.raises(CommandError):
            run(server.url)
    assert not any(one["seen"] for one in server.box)
    assert run(server.url).startswith("3 received: 3 done")


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Anfragen", "Anfragen"),
        ("Entw%C3%BCrfe", "Entw&APw-rfe"),
        ("A%26B", "A&-B"),
        ("%E5%8F%97%E4%BF%A1", "&U9dP4Q-"),
        ("a%22b%5Cc", "abc"),
    ],
)
def test_a_folder_may_have_any_name(server, written, asked):
    assert run(server.url.replace("/INBOX", f"/{written}")).startswith("3 received")
    assert server.selected == [asked]


def test_a_folder_that_is_not_there_is_said(server):
    with pytest.raises(CommandError, match="There is no such mailbox"):
        run(server.url.replace("/INBOX", "/Nowhere"))


def test_a_wrong_password_is_said_and_not_shown(server, monkeypatch):
    monkeypatch.setenv("ESCALATED_IMAP_PASSWORD", "wrong-password")
    with pytest.raises(CommandError) as error:
        run(server.url)
    assert "wrong-password" not in str(error.value)


def test_without_a_password_it_says_what_to_set(server, monkeypatch):
    monkeypatch.delenv("ESCALATED_IMAP_PASSWORD")
    with pytest.raises(CommandError, match="ESCALATED_IMAP_PASSWORD"):
        run(server.url)
