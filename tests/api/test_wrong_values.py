"""What is sent wrongly is answered with the name of its field, and changes nothing."""

import pytest

from .test_configuration import NEW

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.mark.parametrize(
    ("kind", "sent", "field"),
    [
        ("departments", {"name": "x", "slug": "not a slug"}, "slug"),
        ("departments", {"slug": "x"}, "name"),
        ("tags", {"name": "x", "colour": "red"}, "colour"),
        ("tags", {"name": "\ud800"}, "name"),
        ("sla-policies", {"name": "x", "pause_statuses": ["closed"]}, "pause_statuses"),
        ("sla-policies", {"name": "x", "targets": [{"priority": "high"}]}, "targets"),
        ("sla-policies", {"name": "x", "for_types": ["wish"]}, "for_types"),
        ("sla-policies", {"name": "x", "for_tags": [999]}, "for_tags"),
        ("sla-policies", {"name": "x", "for_departments": [10**30]}, "for_departments"),
        ("sla-policies", {"name": "x", "for_domains": ["ann@example.com"]}, "for_domains"),
        ("sla-policies", {"name": "x", "for_domains": "example.com"}, "for_domains"),
        ("sla-policies", {"name": "x", "for_fields": []}, "for_fields"),
        ("sla-policies", {"name": "x", "for_fields": {"conditions": [1]}}, "for_fields"),
        (
            "sla-policies",
            {"name": "x", "for_fields": {"conditions": [{"field": "cf-gone", "operator": "is"}]}},
            "for_fields",
        ),
        ("canned-responses", {"title": "x", "body": "{{ secret }}"}, "body"),
        ("contacts", {"address": "nobody"}, "address"),
        ("contacts", {"address": "a@example.com", "time_zone": "Mars/Olympus"}, "time_zone"),
        ("organisations", {"name": "x", "domains": ["no domain"]}, "domains"),
        ("blocked-senders", {"pattern": "example.com"}, "pattern"),
        ("blocked-senders", {"pattern": "@nothing"}, "pattern"),
        ("business-hours", {"name": "x"}, "shifts"),
        ("business-hours", {"name": "x", "time_zone": "Mars/Olympus"}, "time_zone"),
        (
            "business-hours",
            {
                "name": "x",
                "shifts": [
                    {"weekday": 0, "start": "09:00", "end": "17:00"},
                    {"weekday": 0, "start": "16:00", "end": "18:00"},
                ],
            },
            "shifts",
        ),
        (
            "business-hours",
            {
                "name": "x",
                "always_open": True,
                "holidays": [{"name": "x", "date": "2027-01-01", "start": "09:00"}],
            },
            "holidays",
        ),
        ("workflows", NEW["workflows"] | {"events": []}, "events"),
        ("workflows", NEW["workflows"] | {"events": ["rule"]}, "events"),
        ("workflows", NEW["workflows"] | {"actions": {"actions": []}}, "actions"),
        ("automations", NEW["automations"] | {"conditions": {"conditions": [1]}}, "conditions"),
        ("webhooks", NEW["webhooks"] | {"url": "https://127.0.0.1/"}, "url"),
        ("webhooks", NEW["webhooks"] | {"url": "http://billing.example/"}, "url"),
        ("webhooks", NEW["webhooks"] | {"url": "https://me:secret@billing.example/"}, "url"),
        ("webhooks", NEW["webhooks"] | {"events": ["rule"]}, "events"),
        ("saved-views", {"name": "x", "filters": {"nonsense": 1}}, "filters"),
        ("saved-views", {"name": "x", "filters": {"status": [{}]}}, "filters"),
        ("saved-views", {"name": "x", "filters": []}, "filters"),
        ("saved-views", {"name": "x", "ordering": "password"}, "ordering"),
        ("saved-views", {"name": "x", "sharing": "department"}, "department"),
    ],
)
def test_a_wrong_value_is_400_with_its_field(api, manager, kind, sent, field):
    answer = api(manager).post(f"{kind}/", sent)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_half_a_letter_becomes_a_question_mark_in_conditions_and_actions(api, manager):
    program = api(manager)
    program.post("custom-fields/", {"name": "Order", "key": "order", "type": "text"})
    rows = [{"field": "cf-order", "operator": "contains", "value": "47\ud800 11"}]
    made = program.post("sla-policies/", {"name": "x", "for_fields": {"conditions": rows}})
    assert made.status_code == 201, made.text
    assert made.json()["for_fields"]["conditions"][0]["value"] == "47? 11"
    macro = {"name": "x", "actions": {"actions": [{"action": "note", "value": "a\ud800b"}]}}
    assert program.post("macros/", macro).json()["actions"]["actions"][0]["value"] == "a?b"
    macro["conditions"] = {
        "conditions": [{"field": "status", "operator": "is", "value": ["\ud800"]}]
    }
    assert list(program.post("macros/", macro).json()) == ["conditions"]


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        ("sla-policies", "targets", {"priority": "high"}),
        ("business-hours", "shifts", {"weekday": 0}),
        ("business-hours", "holidays", {"name": "x"}),
        ("business-hours", "shifts", {"weekday": 0, "start": "9:00", "end": "17:00"}),
        ("business-hours", "shifts", {"weekday": 0, "start": 9, "end": "17:00"}),
    ],
)
def test_a_change_takes_parts_only_as_a_whole(api, manager, kind, name, part):
    program = api(manager)
    path = f"{kind}/{program.post(f'{kind}/', NEW[kind]).json()['id']}/"
    before = program.get(path).json()
    answer = program.patch(path, {name: [part]})
    assert (answer.status_code, list(answer.json())) == (400, [name])
    assert program.get(path).json() == before


def test_an_answer_without_its_words_is_none_in_a_change_either(api, manager):
    program = api(manager)
    field = {"name": "Contract", "type": "choice", "choices": [{"label": "Gold"}]}
    path = f"custom-fields/{program.post('custom-fields/', field).json()['id']}/"
    answer = program.patch(path, {"choices": [{}]})
    assert (answer.status_code, list(answer.json())) == (400, ["choices"])


def test_what_is_left_out_of_a_part_is_its_default_in_a_change_too(api, manager):
    program = api(manager)
    made = program.post("business-hours/", NEW["business-hours"]).json()
    closed = {"name": "Feast", "date": "2027-05-01"}
    answer = program.patch(f"business-hours/{made['id']}/", {"holidays": [closed]}).json()
    assert answer["holidays"] == [closed | {"yearly": False, "start": None, "end": None}]
    assert answer["shifts"] == made["shifts"]


@pytest.mark.parametrize("wrong", [{}, "1", {"1": 1}])
def test_a_list_of_keys_is_a_list(api, manager, wrong):
    answer = api(manager).post("webhooks/", NEW["webhooks"] | {"departments": wrong})
    assert (answer.status_code, list(answer.json())) == (400, ["departments"])


def test_a_word_to_look_for_is_not_a_book(api, manager):
    answer = api(manager).get("tags/", {"q": "x" * 201})
    assert (answer.status_code, list(answer.json())) == (400, ["q"])


def test_openings_of_one_special_day_may_touch_and_not_overlap(api, manager):
    program = api(manager)
    path = f"business-hours/{program.post('business-hours/', NEW['business-hours']).json()['id']}/"
    morning = {"name": "Fair", "date": "2027-05-01", "start": "09:00", "end": "13:00"}
    touching = morning | {"start": "13:00", "end": "15:00"}
    overlapping = morning | {"start": "12:00", "end": "15:00"}
    sentence = "Two shifts are open at the same time: 09:00–13:00 and 12:00–15:00."
    assert program.patch(path, {"holidays": [morning, touching]}).status_code == 200
    yearly = [morning | {"yearly": True}, overlapping | {"date": "2026-05-01", "yearly": True}]
    for both in ([morning, overlapping], yearly):
        for answer in (
            program.patch(path, {"holidays": both}),
            program.post(f"{path}what-if/", {"holidays": both}),
            program.post(
                "business-hours/", NEW["business-hours"] | {"name": "y", "holidays": both}
            ),
        ):
            assert (answer.status_code, answer.json()) == (400, {"holidays": [sentence]})
    elsewhere = overlapping | {"date": "2027-05-02"}
    assert program.patch(path, {"holidays": [morning, elsewhere]}).status_code == 200
