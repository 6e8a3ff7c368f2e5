"""Business hours as a manager keeps them: seen as a week, with the holidays of a country."""

from datetime import date, time
from threading import Event, Thread

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from tests import factories
from tests.sla.promises import at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.models import BusinessHours, CalendarVersion, Holiday, Shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    from django.contrib.auth.models import Group

    call_command("escalated_install")
    user = factories.make_manager()
    user.groups.add(Group.objects.get(name="Support managers"))
    client.force_login(user)
    return user


def page(client, route, hours, **data):
    url = reverse(f"escalated_business_hours:{route}", args=[hours.pk])
    return client.get(url, data).content.decode()


def test_the_week_is_drawn_and_told_in_words(client, manager):
    hours = make_hours("Ours")
    Shift.objects.create(hours=hours, weekday=4, start=time(22), end=time(6))
    Shift.objects.create(hours=hours, weekday=6, start=time(0), end=time(0))
    html = page(client, "edit", hours)
    assert "09:00–17:00, 22:00–24:00" in html
    assert "00:00–06:00" in html
    assert "open all day" in html
    assert '<rect class="esc-week__open" x="1320" y="6" width="120"' in html
    assert "72 hours a week, in UTC." in html


@time_machine.travel("2026-04-13T12:00Z", tick=False)
def test_special_days_ahead_are_listed(client, manager):
    hours = make_hours("Ours")
    Holiday.objects.create(hours=hours, name="Labour day", date=date(2000, 5, 1), yearly=True)
    Holiday.objects.create(
        hours=hours, name="Fair", date=date(2026, 6, 6), start=time(10), end=time(14)
    )
    html = page(client, "edit", hours)
    assert "Labour day (closed)" in html
    assert "Fair (10:00–14:00)" in html


@time_machine.travel("2026-01-02T12:00Z", tick=False)
def test_a_country_s_holidays_are_shown_before_they_are_taken_over(client, manager):
    hours = make_hours("Ours")
    Holiday.objects.create(hours=hours, name="Our own", date=date(2026, 1, 6), yearly=True)
    html = page(client, "holidays", hours, country="DE", region="BY", years=1)
    assert "Epiphany" in html
    assert html.count("has hours of its own already") == 1
    assert hours.holidays.count() == 1
    url = reverse("escalated_business_hours:holidays", args=[hours.pk])
    chosen = {"country": "DE", "region": "BY", "years": 1}
    ticked = ["2026-04-06", "2026-01-06", "2026-07-07"]
    client.post(url, {**chosen, "day": ticked})
    # What was not offered cannot be slipped in, and what has hours of its own keeps them.
    added = hours.holidays.exclude(name="Our own").values_list("date", "name", "yearly", "start")
    assert list(added) == [(date(2026, 4, 6), "Easter Monday", False, None)]


def test_a_holiday_taken_over_counts_from_the_next_promise_on(client, manager):
    hours = make_hours("Ours")
    policy = make_policy("Ours", targets={"resolution": 60}, business_hours=hours, default=False)
    department = factories.make_department(sla_policy=policy)
    assert clock(make_ticket(at(10), department=department)).due_at == at(11)
    with time_machine.travel("2026-04-01T12:00Z", tick=False):
        url = reverse("escalated_business_hours:holidays", args=[hours.pk])
        client.post(url, {"country": "DE", "region": "", "years": 1, "day": "2026-04-06"})
    easter_monday = make_ticket(at(10, day=-7), department=department)
    assert clock(easter_monday).due_at == at(10, day=-6)


def test_a_country_or_region_nobody_knows_shows_nothing(client, manager):
    hours = make_hours("Ours")
    for chosen in ({"country": "ZZ"}, {"country": "DE", "region": "ZZ"}, {"years": "x"}):
        html = page(client, "holidays", hours, **chosen)
        assert 'name="day"' not in html
    url = reverse("escalated_business_hours:holidays", args=[hours.pk])
    client.post(url, {"country": "ZZ", "day": "2026-04-06"})
    assert not hours.holidays.exists()


def shift_fields(*shifts):
    """An inline formset as the browser sends it."""
    fields = {
        "shifts-TOTAL_FORMS": len(shifts),
        "shifts-INITIAL_FORMS": 0,
        "shifts-MIN_NUM_FORMS": 0,
        "shifts-MAX_NUM_FORMS": 1000,
        "holidays-TOTAL_FORMS": 0,
        "holidays-INITIAL_FORMS": 0,
        "holidays-MIN_NUM_FORMS": 0,
        "holidays-MAX_NUM_FORMS": 1000,
    }
    for number, (weekday, start, end) in enumerate(shifts):
        fields |= {
            f"shifts-{number}-weekday": weekday,
            f"shifts-{number}-start": start,
            f"shifts-{number}-end": end,
        }
    return fields


@pytest.mark.parametrize(
    ("zone", "shifts", "sentence"),
    [
        ("UTC", [], "These hours never open."),
        ("UTC", [(0, "09:00", "13:00"), (0, "12:00", "17:00")], "open at the same time"),
        ("UTC", [(6, "22:00", "06:00"), (0, "05:00", "09:00")], "open at the same time"),
        ("Mars/Olympus", [(0, "09:00", "17:00")], "Select a valid choice"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_a_sentence(
    client, manager, zone, shifts, sentence
):
    url = reverse("escalated_business_hours:add")
    response = client.post(url, {"name": "Odd", "time_zone": zone, **shift_fields(*shifts)})
    assert response.status_code == 200
    assert sentence in response.content.decode()
    good = {"name": "Odd", "time_zone": "Asia/Kathmandu", **shift_fields((0, "22:00", "06:00"))}
    assert client.post(url, good).status_code == 302


def special_fields(*rows):
    fields = {"holidays-TOTAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        values = dict(zip(("name", "date", "start", "end", "yearly"), row, strict=False))
        fields |= {f"holidays-{number}-{name}": value for name, value in values.items()}
    return fields


def mistakes(client, shifts=((0, "09:00", "17:00"),), special=()):
    """The errors of the form and of its rows: ``{(rows, number, field): sentence}``."""
    url = reverse("escalated_business_hours:add")
    sent = shift_fields(*shifts) | special_fields(*special)
    form = client.post(url, {"name": "Odd", "time_zone": "UTC", **sent}).context["form"]
    found = {("", 0, name): errors[0] for name, errors in form.errors.items()}
    for rows, formset in form.formsets.items():
        for number, row in enumerate(formset.forms):
            found |= {(rows, number, name): errors[0] for name, errors in row.errors.items()}
    return found


def test_what_makes_no_sense_is_told_at_its_field(client, manager):
    assert [*mistakes(client, [])] == [("", 0, "always_open")]
    both = [(0, "12:00", "17:00"), (0, "09:00", "13:00")]
    [(place, sentence)] = mistakes(client, both).items()
    assert place == ("shifts", 0, "start")
    assert "Monday 09:00–13:00 and Monday 12:00–17:00" in sentence
    half = [("Fair", "2027-05-01", "09:00", "")]
    [(place, sentence)] = mistakes(client, special=half).items()
    assert place == ("holidays", 0, "end")
    assert sentence == "Give both times, or none for a day on which it is closed."


def test_openings_of_one_special_day_may_touch_and_not_overlap(client, manager):
    morning = ("Fair", "2027-05-01", "09:00", "13:00")
    clash = [morning, ("Fair", "2027-05-01", "12:00", "15:00")]
    [(place, sentence)] = mistakes(client, special=clash).items()
    assert (place, "09:00–13:00 and 12:00–15:00" in sentence) == (("holidays", 1, "start"), True)
    each_year = [(*morning, "on"), ("Fair", "2026-05-01", "12:00", "15:00", "on")]
    assert [*mistakes(client, special=each_year)] == [("holidays", 1, "start")]
    url = reverse("escalated_business_hours:add")
    fine = [
        morning,
        ("Fair", "2027-05-01", "13:00", "15:00"),
        ("Fair", "2027-05-02", "12:00", "15:00"),
    ]
    sent = shift_fields((0, "09:00", "17:00")) | special_fields(*fine)
    assert client.post(url, {"name": "Fine", "time_zone": "UTC", **sent}).status_code == 302


def test_another_name_is_no_other_version(client, manager):
    hours = make_hours("Ours")
    policy = make_policy("Ours", business_hours=hours, default=False)
    department = factories.make_department(sla_policy=policy)
    make_ticket(at(10), department=department)
    hours.name = "Theirs"
    hours.save()
    make_ticket(at(11), department=department)
    assert CalendarVersion.objects.count() == 1
    Holiday.objects.create(hours=hours, name="Off", date=date(2026, 4, 14))
    make_ticket(at(12), department=department)
    assert CalendarVersion.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_change_while_a_ticket_comes_in_is_not_lost():
    """A ticket takes the hours' version while a manager saves: the version must not outlive the change."""
    hours = make_hours("Ours")
    make_policy(business_hours=hours)
    changed, done = Event(), []

    def come_in():
        try:
            done.append(make_ticket(at(15)).pk)
        finally:
            connection.close()

    thread = Thread(target=come_in)
    with transaction.atomic():
        hours.save()
        Holiday.objects.create(hours=hours, name="Off", date=date(2026, 4, 14))
        thread.start()
        changed.wait(0.5)
    thread.join(20)
    late = make_ticket(at(16))
    assert len(done) == 1
    assert clock(late, "resolution").calendar.rules["special_days"]
    assert BusinessHours.objects.get().current.rules["special_days"]
