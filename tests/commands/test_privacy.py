"""``escalated_export_contact`` and ``escalated_erase_contact``."""

import json
import zipfile
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import FileField
from django.urls import reverse

from tests.admin.people import installed, manager
from tests.factories import make_agent, make_contact, make_department, make_ticket
from tests.rules.made import all_of, automation
from wagtail_escalated import storage
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.actions.creation import copy_to
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail.reading import receive
from wagtail_escalated.models import (
    Automation,
    Contact,
    InboundEmail,
    SavedView,
    Ticket,
    Tombstone,
)

pytestmark = pytest.mark.django_db

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
    """Every row of every table of the database in which one of the words stands, whoever made the table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor, include_views=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                text = json.dumps(row, default=str, ensure_ascii=False).replace("\\\\u", "\\u")
                hits = [word for word in words if word.casefold() in text.casefold()]
                found += [f"{table}: {hits}" for _once in hits[:1]]
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


REPLY_OF_HIS = f"""\
From: Otto <other@example.net>
To: support@support.example.com
Cc: {NAME} <{ADDRESS}>
Subject: Re: ours
Message-ID: <his@example.net>
In-Reply-To: <ticket-%s@support.example.com>

I think {NAME} is right.

On Monday {NAME} <{ADDRESS}> wrote:
> {WORDS} as a copy
""".strip()


@pytest.fixture
def echo(zelda, client):
    """What others wrote, kept or asked for because of her; none of it is at a ticket of hers."""
    boss = manager("mira")
    other = Ticket.objects.get(requester__address="other@example.net")
    receive((REPLY_OF_HIS % other.pk).encode())
    assert other.replies.filter(author_contact__address="other@example.net").exists()
    messages.reply(other, body=f"Dear both, as {NAME.upper()} said: {WORDS} as a copy", actor=boss)
    messages.add_note(other, body=f"Called {NAME} ({ADDRESS}).", actor=boss)
    tickets.set_subject(other, f"Of {NAME}", actor=boss)
    tickets.set_subject(other, "Ours", actor=boss)
    copied = other.replies.get(author_contact=zelda)
    tickets.split(other, copied, actor=boss, subject="Split off")
    # Two merges over the border between her tickets and those of others.
    brought = make_ticket(requester=zelda, subject="Brought")
    messages.reply(brought, body=f"Dear {NAME}: {WORDS}", actor=boss)
    tickets.merge(brought, other, actor=boss, different_requesters=True)
    his = make_ticket(requester=make_contact("otto@example.net"), subject="His own")
    messages.reply(his, body="His own words", actor=his.requester)
    hers = Ticket.objects.get(subject=WORDS)
    tickets.merge(his, hers, actor=boss, different_requesters=True)
    SavedView.objects.create(owner=boss, name="Hers", filters={"requester": ADDRESS})
    asks = all_of(("requester", "is", ADDRESS))
    automation(asks, ("note", f"Write to {ADDRESS}."), active=False)
    elsewhere = make_ticket(requester=make_contact("far@example.net"))
    messages.add_note(elsewhere, body=f"Ask {ADDRESS.title()}.", actor=boss)
    rated = make_ticket(requester=zelda, subject="Rated")
    tickets.set_status(rated, "resolved", actor=boss)
    tickets.rate(rated, 5, actor=zelda, comment=f"{WORDS}!")
    tickets.set_requester(rated, elsewhere.requester, actor=boss)
    return his


def test_nor_is_what_others_quoted_copied_split_off_merged_or_asked_for(
    echo, django_capture_on_commit_callbacks
):
    words = (ADDRESS, NAME, WORDS)
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)

    assert rows_that_name(*words) == []
    assert not any(
        word.casefold().encode() in content.lower()
        for content in stored_files().values()
        for word in words
    )


def test_what_is_others_stays(echo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)

    his = Ticket.objects.get(pk=echo.pk)
    assert [reply.body for reply in his.replies.all()] == ["His own words"]
    assert (his.merged_into, his.reply_count) == (None, 1)
    other = Ticket.objects.get(subject="Ours")
    bodies = [reply.body for reply in other.replies.order_by("pk")]
    assert bodies == [
        "[erased]",
        "I think [erased] is right.",
        "Dear both, as [erased] said: [erased]",
    ]
    assert other.reply_count == 3
    assert other.notes.get().body == "Called [erased] ([erased])."
    # A rule or a view that asked for the address finds nobody, and not everybody.
    asked = Automation.objects.get().conditions["conditions"][0]
    assert asked["value"].endswith("@erased.invalid")
    assert SavedView.objects.get().filters["requester"].endswith("@erased.invalid")


@pytest.mark.parametrize("name", ["Ed", "open", "e", "resolved", "RE", "Lear"])
def test_a_name_that_is_also_a_word_harms_nobody_else(name, django_capture_on_commit_callbacks):
    installed()
    other = make_ticket(subject="Clear: open the lid, Ed", description="Resolved by e-mail, Ed.")
    tickets.set_status(other, "resolved", actor=SYSTEM)
    before = (
        list(other.events.order_by("pk").values_list("kind", "data")),
        Ticket.objects.values("subject", "description", "status").get(pk=other.pk),
        Contact.objects.values("address").get(pk=other.requester_id),
    )
    make_contact("red@example.net", "Fred")
    ed = make_contact("ed@example.net", name)
    make_ticket(requester=ed)
    messages.add_note(other, body="As red@example.net and fred+ed@example.net say.", actor=SYSTEM)

    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", "ed@example.net")

    after = (
        list(other.events.exclude(kind="noted").order_by("pk").values_list("kind", "data")),
        Ticket.objects.values("subject", "description", "status").get(pk=other.pk),
        Contact.objects.values("address").get(pk=other.requester_id),
    )
    assert after == before
    assert other.notes.get().body == "As red@example.net and fred+ed@example.net say."


def test_nobody_is_left_of_somebody_who_wrote_to_nobody_else(django_capture_on_commit_callbacks):
    installed()
    make_ticket(requester=make_contact(ADDRESS, NAME))
    with django_capture_on_commit_callbacks(execute=True):
        run("escalated_erase_contact", ADDRESS)
    assert not Contact.objects.exists()


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
