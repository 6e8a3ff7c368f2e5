"""``escalated_purge``: what is past its time goes with its files, the rest stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from tests.factories import default_site, make_contact, system_ticket
from tests.rules.made import all_of, automation, workflow
from wagtail_escalated import storage
from wagtail_escalated.actions import guests, tickets
from wagtail_escalated.actions.rules import automations
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.mail.reading import receive
from wagtail_escalated.models import (
    DeskSettings,
    GuestLink,
    InboundEmail,
    JobRun,
    RuleOutcome,
    RuleRun,
    Ticket,
    Tombstone,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def purge(*args):
    out = StringIO()
    call_command("escalated_purge", *args, stdout=out)
    return out.getvalue()


def closed(days_ago, **fields):
    ticket = system_ticket(**fields)
    tickets.set_status(ticket, "closed", actor=SYSTEM)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=NOW - timedelta(days=days_ago))
    return ticket


@pytest.fixture
def kept_for_a_year():
    DeskSettings.objects.update_or_create(site=default_site(), defaults={"keep_closed_days": 365})


def test_nothing_is_deleted_unless_a_manager_said_after_how_long():
    closed(5000)

    assert purge() == "0 tickets, 0 letters and 0 spent rows deleted\n"
    assert Ticket.objects.count() == 1


def test_old_closed_tickets_go_with_their_files_and_leave_a_tombstone(
    kept_for_a_year, django_capture_on_commit_callbacks
):
    file = SimpleUploadedFile("old.txt", b"old words")
    old, young = closed(366, attachments=[file]), closed(364)
    system_ticket()
    key = old.attachments.get().key

    with django_capture_on_commit_callbacks(execute=True):
        line = purge()

    assert line == "1 tickets, 0 letters and 0 spent rows deleted\n"
    assert Ticket.objects.filter(pk=young.pk).exists()
    assert Ticket.objects.count() == 2
    assert Tombstone.objects.get().reference == old.reference
    with pytest.raises(FileNotFoundError):
        storage.read(key)


def test_a_reopened_ticket_is_not_old(kept_for_a_year):
    ticket = closed(366)
    tickets.set_status(ticket, "reopened", actor=SYSTEM)

    purge()

    assert Ticket.objects.filter(pk=ticket.pk).exists()


def test_a_dry_run_counts_and_deletes_nothing(kept_for_a_year):
    closed(400)

    assert purge("--dry-run") == "Would delete 1 tickets, 0 letters and 0 spent rows\n"
    assert Ticket.objects.count() == 1
    assert not JobRun.objects.exists()


def test_a_second_run_finds_nothing_and_both_are_in_the_record(kept_for_a_year):
    closed(400)

    purge()

    assert purge() == "0 tickets, 0 letters and 0 spent rows deleted\n"
    assert JobRun.objects.filter(name="escalated_purge", ok=True).count() == 2


def test_ended_links_and_letters_without_effect_go_and_are_still_known(kept_for_a_year):
    ticket = system_ticket(requester=make_contact())
    guests.create_link(ticket, by_mail=True)
    GuestLink.objects.update(expires_at=NOW - timedelta(days=31))
    vacation = (
        b"From: a@example.net\nTo: support@support.example.com\nAuto-Submitted: auto-replied\n"
        b"Subject: Away\nMessage-ID: <away@example.net>\n\nI am away\n"
    )
    receive(vacation)
    InboundEmail.objects.update(received_at=NOW - timedelta(days=31))

    line = purge()

    assert line == "0 tickets, 1 letters and 1 spent rows deleted\n"
    row = InboundEmail.objects.get()
    assert (row.raw_key, row.sender, row.subject) == ("", "", "")
    assert receive(vacation) == InboundEmail.State.DUPLICATE


@pytest.mark.services
class TestTheLogOfRules:
    """A workflow that acted on a ticket, an automation that still holds, and one that holds no more."""

    @pytest.fixture(autouse=True)
    def acted(self, django_capture_on_commit_callbacks):
        workflow("created", ("type", "task"))
        self.still = automation(all_of(("priority", "is", ["high"])), ("type", "incident"))
        over = automation(all_of(("priority", "is", ["low"])), ("type", "problem"), name="Over")
        with django_capture_on_commit_callbacks(execute=True):
            self.high, low = system_ticket(priority="high"), system_ticket(priority="low")
        automations.run_all()
        tickets.set_priority(low, "urgent", actor=SYSTEM)
        automations.run_all()
        assert RuleOutcome.objects.filter(automation=over, left_at__isnull=False).exists()
        self.age(days=200)

    def age(self, days):
        RuleRun.objects.update(started_at=NOW - timedelta(days=days))

    def test_goes_after_half_a_year_except_what_keeps_an_automation_from_acting_again(self):
        assert RuleOutcome.objects.count() == 4
        purge()
        assert [one.automation for one in RuleOutcome.objects.all()] == [self.still]
        assert RuleRun.objects.count() == 1
        assert not sum(log.done for log in automations.run_all())

    def test_what_was_kept_goes_when_it_is_needed_no_more(self):
        purge()
        tickets.set_priority(self.high, "medium", actor=SYSTEM)
        automations.run_all()
        purge()
        assert not RuleOutcome.objects.exists()
        assert not RuleRun.objects.exists()
        tickets.set_priority(self.high, "high", actor=SYSTEM)
        automations.run_all()
        assert Ticket.objects.get(pk=self.high.pk).type == "incident"

    def test_is_kept_for_as_long_as_the_setting_says(self, settings):
        for kept in (None, 201):
            settings.WAGTAIL_ESCALATED = {"RULE_LOG_DAYS": kept}
            purge()
            assert RuleOutcome.objects.count() == 4
        settings.WAGTAIL_ESCALATED = {"RULE_LOG_DAYS": 199}
        purge("--dry-run")
        assert RuleOutcome.objects.count() == 4
        purge()
        assert RuleOutcome.objects.count() == 1
