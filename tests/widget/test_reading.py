"""What anybody may read: the script, its configuration, and public articles."""

import json
from datetime import UTC, datetime, time

import pytest
from django.core.cache import cache
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests.factories import default_site, make_department
from wagtail_escalated.models import BusinessHours, DeskSettings, Shift
from wagtail_escalated.widget.models import WidgetSettings
from wagtail_escalated.widget.trees import tree_from_html

pytestmark = pytest.mark.django_db


def baked(answer):
    return json.loads(answer.text.rsplit("})(", 1)[1].rstrip(";\n").removesuffix(")"))


def test_the_script_brings_its_configuration_along_and_is_asked_for_once_per_change(ask):
    first = ask.get("widget.js")
    assert first["Content-Type"] == "text/javascript; charset=utf-8"
    assert first["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert baked(first) == ask.get("config").json()
    again = ask.get("widget.js", **{"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    WidgetSettings.objects.update(title="Ask us")
    changed = ask.get("widget.js", **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert baked(changed)["texts"]["title"] == "Ask us"


def test_each_setting_of_a_manager_shows(ask):
    WidgetSettings.objects.update(
        title="Ask us",
        greeting="Hello",
        closed_text="Asleep",
        colour="#ffcc00",
        position="start",
        theme="dark",
    )
    make_department("Repairs")
    make_department("Inner", public=False)
    told = ask.get("config").json()
    texts = told["texts"]
    assert (texts["title"], texts["greeting"], texts["closed"]) == ("Ask us", "Hello", "Asleep")
    assert (told["colour"], told["on_colour"]) == ("#ffcc00", "#16181d")
    assert (told["position"], told["theme"], told["policy"]) == ("start", "dark", "contact")
    assert [row["name"] for row in told["departments"]] == ["Repairs"]
    assert told["limits"] == {"files": 5, "megabytes": 10}
    assert {"enabled", "kb", "texts", "colour", "position", "policy", "limits"} <= told.keys()


def test_nothing_secret_stands_in_the_configuration(ask, settings_of_widget):
    assert settings_of_widget.secret not in ask.get("widget.js").text
    assert "shop.example.com" not in ask.get("config").text


def test_outside_business_hours_it_says_so(ask, time_machine):
    hours = BusinessHours.objects.create(name="Office", time_zone="UTC")
    Shift.objects.create(hours=hours, weekday=0, start=time(9), end=time(17))
    desk = DeskSettings.for_site(default_site())
    desk.business_hours = hours
    desk.save()
    time_machine.move_to("2026-04-13 10:00Z")  # a Monday
    told = ask.get("config").json()
    assert told["open"]
    closes, opens = (datetime.fromtimestamp(at, UTC) for at in told["turns"])
    assert f"{closes} {opens}" == "2026-04-13 17:00:00+00:00 2026-04-20 09:00:00+00:00"
    time_machine.move_to("2026-04-13 17:00Z")
    cache.clear()  # Redis lets answers expire by a clock of its own
    told = ask.get("config").json()
    assert not told["open"]
    assert datetime.fromtimestamp(told["turns"][0], UTC).hour == 9


def test_it_speaks_the_language_that_the_page_asks_for(ask):
    german = ask.get("config", {"locale": "de-AT"}).json()
    assert german["locale"] == "de"
    assert ask.get("config", {"locale": "xx"}).json()["locale"] == "en"
    assert ask.get("config", {"locale": "de\r\nX: y" * 90}).json()["locale"] == "en"
    assert translation.get_language() == "en"


def test_a_search_gives_title_excerpt_and_address(ask, shelf):
    told = ask.get("articles", {"q": "a leak, what now?"}).json()
    assert told == {
        "results": [{"id": 7, "title": "Leaks", "excerpt": "Turn it off.", "url": "/help/leaks/"}]
    }


def test_a_search_is_counted_once_the_visitor_has_stopped_typing(ask, shelf):
    ask.get("articles", {"q": "leak"})
    ask.get("articles", {"q": "leak", "settled": "1"})
    assert [source for _query, _locale, source in shelf.asked] == ["", "widget"]


@pytest.mark.parametrize("query", ["", "  ", "\x00", "x" * 10_000, "%_'\"\\", "\u202e", "😀" * 300])
def test_odd_queries_are_answered(ask, query):
    assert ask.get("articles", {"q": query}).status_code == 200


def test_config_and_search_take_few_queries_when_they_are_remembered(ask):
    for path in ("config", "articles?q=leak", "widget.js"):
        ask.get(path)
        with CaptureQueriesContext(connection) as caught:
            assert ask.get(path).status_code == 200
        assert len(caught) <= 3, path


def test_an_article_comes_as_a_tree_and_its_click_is_counted(ask, shelf):
    shelf.html = '<h2>First</h2><p>Turn <a href="/off/">it</a> off.</p><script>alert(1)</script>'
    told = ask.get("articles/7", {"q": "leak"}).json()
    assert told["body"] == [
        ["h3", {}, "First"],
        ["p", {}, "Turn ", ["a", {"href": default_site().root_url + "/off/"}, "it"], " off."],
    ]
    assert shelf.clicks == [(7, "leak")]
    assert ask.get("articles/8").status_code == 404


@pytest.mark.parametrize(
    "html",
    [
        '<a href="javascript:alert(1)">x</a>',
        '<a href="java\tscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
        '<p onclick="alert(1)" style="position:fixed">x</p>',
        "<svg><script>alert(1)</script></svg>",
        '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><script>alert(1)</script></template>",
        '<base href="https://evil.example"><a href="x">y</a><form action="https://evil.example">',
    ],
)
def test_only_what_is_harmless_gets_into_a_tree(html):
    told = json.dumps(tree_from_html(html, base="https://good.example"))
    for bad in (
        "alert",
        "onclick",
        "onerror",
        "style",
        "javascript",
        "evil.example",
        "svg",
        "form",
    ):
        assert bad not in told.lower()


def test_deep_nesting_ends_somewhere():
    tree = tree_from_html("<ul><li>" * 5_000 + "x", base="https://good.example")
    assert len(json.dumps(tree)) < 200_000


def test_a_vote_is_passed_on_with_its_reason(ask, shelf):
    assert (
        ask.post(
            "articles/7/feedback", {"helpful": "no", "comment": "Old", "key": "k" * 32}
        ).status_code
        == 200
    )
    assert shelf.votes == [(7, False, "Old", "k" * 32)]
    assert ask.post("articles/8/feedback", {"helpful": "yes"}).status_code == 404
    assert ask.post("articles/7/feedback", {"helpful": "maybe"}).status_code == 400


@pytest.mark.usefixtures("within_one_window")
def test_votes_are_bounded_by_address(ask, shelf):
    codes = [
        ask.post("articles/7/feedback", {"helpful": "yes", "key": f"{n:032}"}).status_code
        for n in range(22)
    ]
    assert codes[-1] == 429


def test_with_the_knowledge_base_off_its_endpoints_are_gone_at_once(ask, shelf):
    ask.get("articles", {"q": "leak"})
    shelf.on = False
    assert ask.get("articles", {"q": "leak"}).status_code == 403
    assert ask.get("articles/7").status_code == 403
    assert ask.post("articles/7/feedback", {"helpful": "yes"}).status_code == 403
    assert not shelf.votes
    told = ask.get("config").json()
    assert (told["kb"], told["feedback"]) == (False, False)


def test_what_was_searched_and_read_before_is_kept_with_the_request(ask, shelf):
    form = {"name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water"}
    ask.post("tickets", form | {"trail": "?3?water leak\n#7\n#8\n#x\n?-1?bad\nnonsense"})
    [(ticket, trail)] = shelf.trails
    assert ticket.subject == "Leak"
    assert trail["searches"] == [{"query": "water leak", "hits": 3}, {"query": "bad", "hits": 0}]
    assert trail["read"] == [{"id": 7, "title": "Leaks"}]


def test_the_tag_puts_the_script_on_a_page_of_the_site_while_it_is_on(rf, settings_of_widget):
    template = Template("{% load escalated_widget %}{% escalated_widget %}")
    page = template.render(Context({"request": rf.get("/")}))
    assert (
        '<script src="/support/widget/widget.js?locale=en" data-locale="en" async></script>' in page
    )
    WidgetSettings.objects.update(enabled=False)
    assert template.render(Context({"request": rf.get("/")})) == ""
    assert template.render(Context({})) == ""


def test_a_manager_sees_the_line_to_copy_and_what_a_policy_must_allow(
    admin_client, settings_of_widget
):
    address = f"/admin/settings/wagtail_escalated_widget/widgetsettings/{default_site().pk}/"
    page = admin_client.get(address)
    assert page.status_code == 200
    root = default_site().root_url
    assert f"&lt;script src=&quot;{root}/support/widget/widget.js&quot; async&gt;" in page.text
    assert f"script-src {root}" in page.text


def test_a_preview_shows_unsaved_settings_and_only_signed_ones(client, settings_of_widget):
    from wagtail_escalated.widget.preview import preview_context

    settings_of_widget.title = "Not yet saved"
    script = preview_context(settings_of_widget, None)["script"]
    assert baked(client.get(script))["texts"]["title"] == "Not yet saved"
    assert baked(client.get(script + "x"))["texts"]["title"] == "How can we help?"
