"""Letters by command: files, boxes, standard input; what waits; what would come out differently."""

import io
import mailbox
import re
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.mail.letters import deliver, letter, post_json, postmark
from wagtail_escalated.models import InboundEmail, Ticket

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue().strip()


def test_one_letter_from_a_file(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(letter(subject="From a file").as_bytes())
    assert run("escalated_receive_mail", str(path)) == (
        "1 received: 1 done, 0 duplicate, 0 ignored, 0 held, 0 failed"
    )
    assert Ticket.objects.get().subject == "From a file"
    assert run("escalated_receive_mail", str(path)) == (
        "1 received: 0 done, 1 duplicate, 0 ignored, 0 held, 0 failed"
    )
    assert Ticket.objects.count() == 1


def test_one_letter_from_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(letter().as_bytes())))
    assert run("escalated_receive_mail", "-").startswith("1 received: 1 done")


def test_an_mbox_and_a_maildir(tmp_path):
    mbox = mailbox.mbox(tmp_path / "box")
    maildir = mailbox.Maildir(tmp_path / "dir")
    for number in range(3):
        mbox.add(letter(subject=f"mbox {number}"))
        maildir.add(letter(subject=f"maildir {number}"))
    mbox.flush()
    answer = run("escalated_receive_mail", str(tmp_path / "box"), str(tmp_path / "dir"))
    assert answer == "6 received: 6 done, 0 duplicate, 0 ignored, 0 held, 0 failed"
    assert Ticket.objects.count() == 6


def test_each_kind_is_counted(tmp_path):
    letters = [
        letter(),
        letter(Precedence="bulk"),
        b"Subject: no sender\n\nhi\n",
    ]
    for number, one in enumerate(letters):
        raw = one if isinstance(one, bytes) else one.as_bytes()
        (tmp_path / f"{number}.eml").write_bytes(raw)
    answer = run("escalated_receive_mail", *[str(path) for path in sorted(tmp_path.glob("*.eml"))])
    assert answer == "3 received: 1 done, 0 duplicate, 1 ignored, 1 held, 0 failed"


def test_a_failure_ends_with_1(tmp_path, monkeypatch):
    from wagtail_escalated.mail import intake

    monkeypatch.setattr(intake, "decide", lambda *args, **kwargs: 1 / 0)
    path = tmp_path / "one.eml"
    path.write_bytes(letter().as_bytes())
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("escalated_receive_mail", str(path), stdout=out)
    assert ended.value.code == 1
    assert "1 failed" in out.getvalue()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="nothing.eml"):
        run("escalated_receive_mail", str(tmp_path / "nothing.eml"))


def test_nobody_posts_as_the_command_does(client):
    response = client.post(
        "/support/webhook/email/inbound?adapter=raw",
        letter().as_bytes(),
        content_type="message/rfc822",
        headers={"X-Escalated-Inbound-Secret": "test-secret"},
    )
    assert response.status_code == 400


@pytest.mark.real_worker
def test_what_waits_is_worked_on(client, monkeypatch):
    from wagtail_escalated.mail import later

    monkeypatch.setattr(later.Conf, "SYNC", False)
    assert post_json(client, postmark(letter())).status_code == 200
    assert "1 letters worked on: 1 done" in run("escalated_process_inbound")
    assert "0 letters worked on" in run("escalated_process_inbound")


class TestReplay:
    def test_the_same_code_makes_no_difference(self, client):
        deliver(client, letter())
        deliver(client, letter(Precedence="bulk"))
        deliver(client, b"Subject: no sender\n\nhi\n")
        assert run("escalated_replay_inbound", "--dry-run", "--since", "2020-01-01") == (
            "0 letters would come out differently"
        )

    def test_another_code_shows_what_it_would_change_and_changes_nothing(self, client):
        deliver(client, letter())
        ticket = Ticket.objects.get()
        Ticket.objects.update(description="What an older version made of it")
        from wagtail_escalated.models import BlockedSender

        BlockedSender.objects.create(pattern="ann@customer.example")
        answer = run("escalated_replay_inbound", "--dry-run", "--since", "2020-01-01")
        assert re.search(r"outcome: 'done' -> 'ignored blocked_sender'", answer)
        assert "text: 'What an older version made of it'" in answer
        assert answer.endswith("1 letters would come out differently")
        ticket.refresh_from_db()
        assert ticket.description == "What an older version made of it"
        assert (Ticket.objects.count(), InboundEmail.objects.get().state) == (1, "done")

    def test_without_the_option_what_failed_is_tried_again(self, client, monkeypatch):
        from wagtail_escalated.mail import intake

        with monkeypatch.context() as patch:
            patch.setattr(intake, "decide", lambda *args, **kwargs: 1 / 0)
            deliver(client, letter())
        assert run("escalated_replay_inbound", "--since", "2020-01-01") == "1 letters tried again"
        assert InboundEmail.objects.get().state == "done"

    def test_a_date_that_is_none_is_named(self):
        with pytest.raises(CommandError, match="yesterday"):
            run("escalated_replay_inbound", "--dry-run", "--since", "yesterday")
