"""Which policy a ticket falls under: its own, by conditions, its department's, the default."""

from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import factories
from tests.sla.promises import add_target, at, clock, make_hours, make_policy, make_ticket
from wagtail_escalated.actions import sla, tickets
from wagtail_escalated.actions.sla_policies import choose_policy
from wagtail_escalated.actions.sla_reach import Reach, tickets_for_policy
from wagtail_escalated.models import DeskSettings, Priority, SLAPolicy, SLATarget, Tag, Ticket

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


def test_a_tag_added_or_removed_later_chooses_anew():
    make_policy("Usual")
    gold = conditional("Gold")
    gold.for_tags.add(Tag.objects.create(name="gold"))
    manager, ticket = factories.make_manager(), make_ticket(at(10))
    tickets.add_tags(ticket, ["silver"], actor=manager, now=at(11))
    assert policy_of(ticket) == "Usual"
    tickets.add_tags(ticket, ["gold"], actor=manager, now=at(11))
    assert policy_of(ticket) == "Gold"
    tickets.remove_tags(ticket, ["gold"], actor=manager, now=at(12))
    assert policy_of(ticket) == "Usual"


def test_another_requester_brings_the_policy_of_their_domain():
    make_policy("Usual")
    conditional("VIP", for_domains="vip.example")
    ticket = make_ticket(at(10))
    vip = factories.make_contact("ada@vip.example")
    tickets.set_requester(ticket, vip, actor=factories.make_manager(), now=at(11))
    assert policy_of(ticket) == "VIP"


def test_a_tag_that_chooses_no_other_policy_leaves_the_terms_alone():
    usual = make_policy("Usual", targets={"resolution": 240})
    gold = conditional("Gold")
    gold.for_tags.add(Tag.objects.create(name="gold"))
    ticket = make_ticket(at(10))
    add_target(usual, "resolution", Priority.MEDIUM, 60)
    tickets.add_tags(ticket, ["silver"], actor=factories.make_manager(), now=at(11))
    assert clock(ticket).due_at == at(14)


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


def test_a_policy_made_in_its_form_stops_while_the_customer_is_waited_for(client):
    call_command("escalated_install")
    manager = factories.make_manager()
    manager.groups.add(Group.objects.get(name="Support managers"))
    client.force_login(manager)
    form = client.get(reverse("escalated_sla_policies:add")).context["form"]
    assert form["pause_statuses"].value() == ["waiting_on_customer"]


def test_a_domain_written_as_people_read_it_is_that_of_the_address():
    policy = make_policy("Ours", for_domains="Münchner-Kaffee.de", default=False)
    ticket = make_ticket(requester=factories.make_contact("ada@büro.münchner-kaffee.de"))
    assert ticket.clocks.first().policy == policy


#: Conditions, and whether it is active; each is tried as a department's policy and as nobody's.
POLICIES = {
    "a": {"for_types": ["problem"], "sort_order": 2},
    "b": {"for_domains": "vip.example", "sort_order": 1},
    "c": {"for_types": ["problem"], "for_domains": "vip.example", "sort_order": 1},
    "off": {"for_types": ["question"], "active": False},
    "plain": {},
    "plain and off": {"active": False},
    "default": {"default": True},
}


def test_the_tickets_of_a_policy_are_those_that_would_choose_it():
    """One rule, written twice: for one ticket when it comes, and for all that a policy would be for."""
    policies = [
        make_policy(name, **{"default": False} | fields) for name, fields in POLICIES.items()
    ]
    policies[0].for_departments.add(factories.make_department("Of a"))
    tag = Tag.objects.create(name="Gold")
    policies[3].for_tags.add(tag)
    departments = [factories.make_department(f"Of {p}", sla_policy=p) for p in policies[4:6]]
    departments += [factories.make_department("Plain"), policies[0].for_departments.get()]
    contacts = [
        factories.make_contact(f"ada@{name}") for name in ("eu.vip.example", "notvip.example")
    ]
    own = [None, policies[4], policies[5]]
    for department, contact, type_, policy in product(
        departments, contacts, ["problem", "question"], own
    ):
        ticket = make_ticket(department=department, requester=contact, type=type_)
        Ticket.objects.filter(pk=ticket.pk).update(sla_policy=policy)
        ticket.tags.add(*[tag] * (type_ == "question"))
    chosen = {ticket.pk: choose_policy(ticket).name for ticket in Ticket.objects.all()}
    assert set(chosen.values()) == {"a", "b", "plain", "plain and off", "default"}
    for policy in SLAPolicy.objects.all():
        its = tickets_for_policy(Ticket.objects.all(), Reach.of(policy))
        wanted = {pk for pk, name in chosen.items() if name == policy.name}
        assert set(its.values_list("pk", flat=True)) == wanted, policy.name


@pytest.mark.parametrize(
    ("change", "sent"), [("type", {"type": "problem"}), ("tag", {"tags": "gold"})]
)
def test_undoing_what_conditions_ask_about_takes_the_policy_back(client, change, sent):
    make_policy("Usual")
    conditional("By type", for_types=["problem"])
    conditional("By tag").for_tags.add(Tag.objects.create(name="gold"))
    client.force_login(factories.make_manager())
    ticket = factories.make_ticket()
    url = reverse("wagtail_escalated_admin:ticket_change", args=[ticket.reference, change])
    said = client.post(url, sent, HTTP_ACCEPT="application/json")
    assert policy_of(ticket) == f"By {change}"
    client.post(said.json()["undo"])
    assert policy_of(ticket) == "Usual"
