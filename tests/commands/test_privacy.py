"""``escalated_export_contact`` and ``escalated_erase_contact``."""

import json
import zipfile
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db.models import FileField
from django.urls import reverse

from tests.admin.people import installed, manager
from tests.factories import make_agent, make_contact, make_department, make_ticket
from wagtail_escalated import storage
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actions.creation import copy_to
from wagtail_escalated.mail.reading import receive
from wagtail_escalated.models import Contact, InboundEmail, Ticket, Tombstone

ADDRESS, NAME, WORDS = "zelda@example.net", "Zelda Quux", "Xylophone-of-mine"
LETTER = f"""\
From: {NAME} <{ADDRESS}>
To: support@support.example.com
Subject: {WORDS} by mail
Message-ID: <1@example.net>

{WORDS} in a letter
""".encode()


def run(command, *args):
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def zelda(db, django_capture_on_commit_callbacks):
    """Somebody who left traces wherever one can."""
    installed()
    zelda = make_contact(ADDRESS, NAME)
    department = make_department("Sales")
    agent = make_agent("agent", departments=(department,))
    own = make_ticket(
        requester=zelda,
        subject=WORDS,
        description=WORDS,
        department=department,
        attachments=[SimpleUploadedFile(f"{WORDS}.txt", WORDS.encode())],
    )
    messages.reply(own, body=f"Dear {NAME}, about {WORDS}", actor=agent.user)
    messages.add_note(own, body=f"{NAME} again", actor=agent.user)
    other = make_ticket(requester=make_contact("other@example.net"), department=department)
    copy_to(other, [ADDRESS])
    messages.reply(
        other,
        body=f"{WORDS} as a copy",
        actor=zelda,
        attachments=[SimpleUploadedFile("copy.txt", f"{WORDS} copied".encode())],
    )
    tickets.set_requester(other, zelda, actor=agent.user)
    tickets.set_requester(other, make_contact("other@example.net"), actor=agent.user)
    receive(LETTER)
    return zelda


def rows_that_name(*words):
    """Every row of every table of the desk in which one of the words stands."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label.startswith(("wagtail_escalated", "wagtailcore", "django_q")):
            for values in model._base_manager.values():
                text = json.dumps(values, default=str, ensure_ascii=False)
                hits = [word for word in words if word.casefold() in text.casefold()]
                found += [f"{model.__name__}: {hits}" for _once in hits[:1]]
    return found


def stored_files():
    found, folders = {}, [""]
    while folders:
        folder = folders.pop()
        below, files = storage.desk_storage().listdir(folder)
        folders += [f"{folder}/{name}".lstrip("/") for name in below]
        for name in files:
            key = f"{folder}/{name}".lstrip("/")
            found[key] = storage.read(key)
    return found


def test_nothing_of_an_erased_person_is_left_in_any_table_or_file(
    zelda, django_capture_on_commit_callbacks
):
    assert rows_that_name(ADDRESS, NAME, WORDS)
    assert any(WORDS.encode() in content for content in stored_files().values())

    with django_capture_on_commit_callbacks(execute=True):
        line = run("escalated_erase_contact", ADDRESS.upper())

    assert line == "Erased 2 tickets, 1 messages elsewhere and 1 letters.\n"
    assert rows_that_name(ADDRESS, NAME, WORDS) == []
    assert not any(
        word.encode() in content for content in stored_files().values() for word in (WORDS, ADDRESS)
    )
    assert Tombstone.objects.count() == 2


def test_what_was_erased_does_not_come_back_with_a_late_delivery(
    zelda, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)

    assert receive(LETTER) == InboundEmail.State.DUPLICATE
    assert not Ticket.objects.filter(subject__contains=WORDS).exists()


def test_somebody_who_writes_again_after_it_begins_anew(zelda, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)

    receive(LETTER.replace(b"<1@", b"<2@"))

    assert Contact.objects.get(address=ADDRESS).pk != zelda.pk
    assert Ticket.objects.filter(requester__address=ADDRESS).count() == 1


def test_a_dry_run_counts_and_erases_nothing(zelda):
    before = rows_that_name(ADDRESS, NAME, WORDS)

    line = run("escalated_erase_contact", ADDRESS, "--dry-run")

    assert line == "Would erase 2 tickets, 1 messages elsewhere and 1 letters.\n"
    assert rows_that_name(ADDRESS, NAME, WORDS) == before


def test_the_tickets_of_others_stay_with_a_gap_where_the_words_were(
    zelda, client, django_capture_on_commit_callbacks
):
    other = Ticket.objects.get(requester__address="other@example.net")
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)
    client.force_login(manager())

    page = client.get(reverse("wagtail_escalated_admin:ticket", args=[other.reference]))

    assert page.status_code == 200
    assert "[erased]" in page.content.decode()


def test_nobody_is_an_error_with_a_sentence(db):
    for command in ("escalated_erase_contact", "escalated_export_contact"):
        with pytest.raises(CommandError, match="Nobody is known"):
            run(command, "nobody@example.net")


def test_an_export_holds_what_the_person_may_see_and_no_note(zelda, tmp_path):
    path = tmp_path / "zelda.zip"
    Ticket.objects.get(subject=WORDS).replies.update(visible_at=None)

    line = run("escalated_export_contact", ADDRESS, "--to", str(path))

    assert line.startswith("2 tickets, 3 messages and 2 files written to")
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("contact.json"))
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert data["contact"]["name"] == NAME
    assert {ticket["subject"] for ticket in data["tickets"]} == {WORDS, f"{WORDS} by mail"}
    assert "again" not in everything.decode()
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_model_of_ours_keeps_files_that_erasure_would_miss():
    ours = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label.startswith("wagtail_escalated")
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]
    assert ours == []
