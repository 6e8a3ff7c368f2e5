"""Business hours as a manager keeps them: seen as a week, with the holidays of a country."""

from datetime import date, time

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from tests import factories
from tests.sla.promises import at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.models import Holiday, Shift

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
