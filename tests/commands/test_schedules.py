import ast
from datetime import timedelta

import pytest
from django.core.management import call_command, get_commands
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from tests.factories import make_ticket
from wagtail_escalated.actions import tickets
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.jobs import JOBS
from wagtail_escalated.models import JobRun, Ticket
from wagtail_escalated.schedules import SCHEDULES, install_schedules

pytestmark = pytest.mark.django_db


def test_every_schedule_is_a_job_with_a_command_of_its_name():
    assert set(SCHEDULES) <= set(JOBS)
    assert set(JOBS) <= set(get_commands())


def test_schedules_are_installed_once_however_often():
    assert set(install_schedules()) == set(SCHEDULES)
    assert install_schedules() == []
    assert Schedule.objects.filter(name__in=SCHEDULES).count() == len(SCHEDULES)


def test_a_schedule_runs_as_the_worker_would_and_keeps_its_record():
    install_schedules()
    for schedule in Schedule.objects.filter(name__in=SCHEDULES):
        import_string(schedule.func)(*ast.literal_eval(schedule.args))
    runs = dict(JobRun.objects.values_list("name", "ok"))
    assert runs == dict.fromkeys(SCHEDULES, True)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_command_says_in_one_line_what_it_did_and_may_run_again(name, capsys):
    for _time in range(2):
        call_command(name)
        assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("days", "closed"), [(7, True), (8, True), (9, False), (None, False)])
def test_what_was_resolved_for_as_long_as_the_setting_says_is_closed(
    settings, capsys, days, closed
):
    settings.WAGTAIL_ESCALATED = {"AUTO_CLOSE_RESOLVED_AFTER_DAYS": days}
    ticket = make_ticket()
    then = timezone.now() - timedelta(days=8, minutes=1)
    tickets.set_status(ticket, "resolved", actor=SYSTEM, now=then)
    for said in (f"{int(closed)} tickets closed", "0 tickets closed"):
        call_command("escalated_close_resolved")
        assert capsys.readouterr().out.strip() == said
    assert Ticket.objects.get().status == ("closed" if closed else "resolved")
