"""Which policy a ticket falls under: its own, by conditions, its department's, the default."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests import factories
from tests.sla.promises import at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import sla, tickets
from wagtail_escalated.models import DeskSettings, SLAPolicy, SLATarget

pytestmark = pytest.mark.django_db


def policy_of(ticket):
    found = ticket.clocks.select_related("policy").first()
    return found.policy.name if found else None


def conditional(name, **fields):
    return make_policy(name, default=False, **fields)


def test_the_default_is_taken_only_while_it_is_active():
    default = make_policy("Default")
    assert policy_of(make_ticket()) == "Default"
    SLAPolicy.objects.filter(pk=default.pk).update(active=False)
    assert policy_of(make_ticket()) is None


def test_a_department_s_policy_goes_before_the_default_if_it_is_active():
    make_policy("Default")
    gold = conditional("Gold")
    department = factories.make_department(sla_policy=gold)
    assert policy_of(make_ticket(department=department)) == "Gold"
    SLAPolicy.objects.filter(pk=gold.pk).update(active=False)
    assert policy_of(make_ticket(department=department)) == "Default"


def test_the_ticket_s_own_goes_before_all_even_when_it_is_not_active():
    make_policy("Default")
    own = conditional("Own", active=False)
    ticket = make_ticket(department=factories.make_department(sla_policy=conditional("Gold")))
    ticket.sla_policy = own
    ticket.save(update_fields=["sla_policy"])
    sla.apply_policy(ticket)
    assert policy_of(ticket) == "Own"


def test_conditions_go_before_the_department_in_their_order():
    department = factories.make_department(sla_policy=conditional("Gold"))
    conditional("Second", for_types=["incident"], sort_order=2)
    conditional("First", for_types=["incident", "problem"], sort_order=1)
    assert policy_of(make_ticket(department=department, type="incident")) == "First"
    assert policy_of(make_ticket(department=department, type="question")) == "Gold"


def test_all_conditions_of_a_policy_must_be_met_and_one_value_of_each_is_enough():
    sales, support = factories.make_department("Sales"), factories.make_department("Support")
    policy = conditional("VIP", for_domains="example.com\nexample.net\n", for_types=["incident"])
    policy.for_departments.add(sales, support)
    vip, other = factories.make_contact("a@example.net"), factories.make_contact("b@example.org")
    assert policy_of(make_ticket(requester=vip, department=sales, type="incident")) == "VIP"
    assert policy_of(make_ticket(requester=vip, department=support, type="incident")) == "VIP"
    assert policy_of(make_ticket(requester=vip, department=sales)) is None
    assert policy_of(make_ticket(requester=vip, type="incident")) is None
    assert policy_of(make_ticket(requester=other, department=sales, type="incident")) is None


def test_a_domain_counts_with_its_subdomains_and_nothing_that_only_ends_alike():
    conditional("VIP", for_domains="example.net")
    for address, expected in [
        ("a@example.net", "VIP"),
        ("a@mail.example.net", "VIP"),
        ("a@notexample.net", None),
        ("example.net@example.org", None),
    ]:
        assert policy_of(make_ticket(requester=factories.make_contact(address))) == expected


def test_a_tag_chooses_the_policy():
    make_policy("Default")
    tagged = conditional("Tagged")
    ticket = make_ticket(tags=["vip"])
    tagged.for_tags.add(ticket.tags.get())
    assert policy_of(make_ticket(tags=["other", "VIP"])) == "Tagged"
    assert policy_of(make_ticket(tags=["other"])) == "Default"


def test_moving_a_ticket_to_a_department_chooses_anew():
    make_policy("Default")
    gold = conditional("Gold", targets={"resolution": 60})
    ticket = make_ticket(at(10))
    department = factories.make_department(sla_policy=gold)
    tickets.set_department(ticket, department, actor=factories.make_manager(), now=at(10, 30))
    assert policy_of(ticket) == "Gold"
    assert clock(ticket).due_at == at(11)


def test_hours_are_the_policy_s_then_the_department_s_then_the_desk_s():
    own, departments, desks = (make_hours(name) for name in ("Own", "Department", "Desk"))
    policy = make_policy(business_hours=own)
    department = factories.make_department(business_hours=departments)

    def hours_of(ticket):
        version = clock(ticket).calendar
        return version.hours.name if version else None

    assert hours_of(make_ticket(department=department)) == "Own"
    policy.business_hours = None
    policy.save()
    assert hours_of(make_ticket(department=department)) == "Department"
    assert hours_of(make_ticket()) is None
    DeskSettings.objects.create(site=factories.default_site(), business_hours=desks)
    assert hours_of(make_ticket()) == "Desk"


def test_there_is_one_default_at_most():
    make_policy("Default")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_policy("Another")
    with pytest.raises(ValidationError) as raised:
        SLAPolicy(name="Another", default_key=True).full_clean()
    assert raised.value.message_dict == {
        "default_key": ["Another policy is the default one already."]
    }


def test_no_default_is_as_good_as_none():
    for name in ("One", "Two"):
        policy = SLAPolicy(name=name, default_key=False)
        policy.full_clean()
        policy.save()
    assert not SLAPolicy.objects.filter(default_key=True).exists()


@pytest.mark.parametrize("minutes", [0, -5, 100 * 366 * 24 * 60])
def test_a_target_of_nothing_or_a_hundred_years_is_refused(minutes):
    target = SLATarget(policy=make_policy(), priority=1, metric="next_response", minutes=minutes)
    with pytest.raises(ValidationError) as raised:
        target.full_clean()
    assert "minutes" in raised.value.message_dict


@pytest.mark.parametrize("statuses", [["resolved"], ["nonsense"], "open", {"open": 1}])
def test_only_open_statuses_may_stop_a_clock(statuses):
    with pytest.raises(ValidationError) as raised:
        SLAPolicy(name="Odd", pause_statuses=statuses).full_clean()
    assert "pause_statuses" in raised.value.message_dict
