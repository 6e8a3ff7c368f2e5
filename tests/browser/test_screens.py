"""Each screen of the desk as the demonstration fills it: no barrier that axe knows, nothing out of reach, nothing that
shifts, and little to load."""

import gzip

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.real_worker]

#: Asked besides axe's usual rules where colours differ: one of them it does not ask by itself.
OF_COLOURS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
WHOLE = {"light", "phone"}
#: axe's rules that are Wagtail's own page furniture, not ours.
NOT_OURS = {"region", "landmark-unique"}
#: Wagtail gives the description there its height when its script runs: what stands below moves.
UNSTEADY = {"workflows/edit/1/"}
#: A fiftieth of what web.dev/articles/cls calls good, all shifts of a page together. A table that arrives in two pieces takes up to 0.002.
MOST_SHIFT = 0.002
#: Of our own script and style on any screen, compressed.
MOST_BYTES = 60_000
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 860}},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 700}},
    "right to left": {"viewport": {"width": 1280, "height": 860}, "locale": "ar"},
    "forced colours": {"viewport": {"width": 1280, "height": 860}, "forced_colors": "active"},
}
WATCH_SHIFTS = """
    window.shifted = [];
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        const what = (entry.sources || []).map(({ node }) => node && (node.className || node.nodeName));
        // Wagtail's own header settles when its fonts have come.
        const ours = (entry.sources || []).some(({ node }) => !node?.parentElement?.closest('header'));
        if (!entry.hadRecentInput && ours) window.shifted.push([entry.value, what.join(' ')]);
    })).observe({ type: 'layout-shift', buffered: true });
"""
#: What stands beyond the edge of the window and can't be scrolled to.
OUT_OF_REACH = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => {
        for (let box = element; box; box = box.parentElement) {
            if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth) return true;
            if (['absolute', 'fixed'].includes(getComputedStyle(box).position)) return true;
        }
        return false;
    };
    return [...document.querySelectorAll('main *')].filter((element) => {
        const { left, right, width: own } = element.getBoundingClientRect();
        return own > 1 && (right > width + 1 || left < -1) && element.checkVisibility() && !scrolls(element);
    }).map((element) => `${element.tagName} ${element.className}`).slice(0, 5);
}"""


#: Cells that are narrower than what stands in them.
TOO_NARROW = """() => [...document.querySelectorAll('main :is(td, th)')].filter(
    (cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1
).map((cell) => cell.textContent.trim().slice(0, 40))"""


@pytest.fixture(scope="module")
def screens(demo):
    ticket = demo.manage("reference_of", "Grinder makes a loud noise and stops")
    below = f"tickets/{ticket}/"
    return {
        "cleo": [
            "inbox/?view=all&open=true",
            "inbox/?search=grinder",
            "inbox/preferences/",
            f"{below}?view=all&open=true",
            f"{below}merge/",
            f"{below}assign/",
            f"{below}history/",
            f"{below}sla/",
            f"{below}print/",
            "tickets/new/",
            "views/",
            "notifications/",
            "notifications/preferences/",
            "keys/",
        ],
        "mira": [
            "dashboard/",
            "reports/",
            "reports/sla/",
            "held/",
            "setup/",
            "jobs/",
            "mails/",
            "api-tokens/",
            "contacts/",
            "contacts/erase/1/",
            "sla-policies/edit/1/",
            "sla-policies/recompute/1/",
            "business-hours/edit/1/",
            "business-hours/holidays/1/?country=DE&years=1",
            "workflows/",
            "workflows/edit/1/",
            "automations/log/1/",
        ],
    }


@pytest.fixture(params=[pytest.param(one, marks=pytest.mark.xdist_group("demo")) for one in LOOKS])
def look(request):
    return request.param


@pytest.fixture
def rules(look):
    return None if look in WHOLE else OF_COLOURS


@pytest.fixture
def window(chromium, demo, look):
    yield from windows(chromium, demo, LOOKS[look])


@pytest.fixture
def night_window(chromium, demo):
    """Of somebody whose system forces light words upon black."""
    yield from windows(chromium, demo, {"forced_colors": "active", "color_scheme": "dark"})


@pytest.fixture
def half_window(chromium, demo):
    """Beside another one: there is room for Wagtail's menu, and not for much more."""
    yield from windows(chromium, demo, {"viewport": {"width": 820, "height": 860}})


def windows(chromium, demo, look):
    contexts = []

    def open_window(name):
        context = chromium.new_context(**{"locale": "en-GB", "reduced_motion": "reduce"} | look)
        context.add_init_script(WATCH_SHIFTS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{demo.url}/admin/login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", "demo")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page

    yield open_window
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["cleo", "mira"])
def test_nobody_is_shut_out_nothing_is_out_of_reach_and_nothing_shifts(
    demo, screens, window, rules, name
):
    axe = pytest.importorskip("axe_core_python.sync_playwright").Axe()
    page = window(name)
    wrong = []
    for path in screens[name]:
        loaded = {}
        page.on("response", lambda answer, loaded=loaded: note(answer, loaded))
        page.goto(f"{demo.url}/admin/support/{path}")
        page.wait_for_load_state("networkidle")
        wrong += [(path, *one) for one in barriers(axe, page, rules)]
        wrong += [(path, "out of reach", what) for what in page.evaluate(OUT_OF_REACH)]
        shifts = [] if path in UNSTEADY else page.evaluate("window.shifted")
        if sum(value for value, _what in shifts) > MOST_SHIFT:
            wrong.append((path, "shifts", shifts))
        size = sum(len(gzip.compress(one.body())) for one in loaded.values())
        if size > MOST_BYTES:
            wrong.append((path, "heavy", size))
    assert not wrong, "\n".join(map(str, wrong))


def test_what_another_policy_would_have_meant_is_read_by_everybody(demo, window, rules):
    axe = pytest.importorskip("axe_core_python.sync_playwright").Axe()
    page = window("mira")
    page.goto(f"{demo.url}/admin/support/sla-policies/edit/1/")
    with page.context.expect_page() as opened:
        page.locator("button[formtarget=_blank]").click()
    answer = opened.value
    answer.locator(".esc-tiles").wait_for(timeout=60_000)
    assert [*barriers(axe, answer, rules), *answer.evaluate(OUT_OF_REACH)] == []


@pytest.mark.xdist_group("demo")
def test_a_chart_is_drawn_in_the_colours_that_the_system_forces(demo, night_window):
    page = night_window("mira")
    page.goto(f"{demo.url}/admin/support/reports/sla/")
    page.locator("canvas").first.wait_for()
    words, lines, ticks = page.evaluate("""() => {
        const { data, options } = Chart.getChart(document.querySelector('canvas'));
        const words = getComputedStyle(document.querySelector('h2')).color;
        return [words, data.datasets[0].borderColor, options.scales.y.ticks.color];
    }""")
    assert words == lines == ticks == "rgb(255, 255, 255)"


@pytest.mark.xdist_group("demo")
def test_rows_beside_the_menu_have_room_for_their_words(demo, half_window):
    page = half_window("mira")
    for path in ("setup/", "jobs/", "held/", "api-tokens/", "contacts/", "business-hours/"):
        page.goto(f"{demo.url}/admin/support/{path}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(OUT_OF_REACH) == [], path
        assert page.evaluate(TOO_NARROW) == [], path


def barriers(axe, page, rules):
    """The usual rules, and those that are named, and what breaks them; Wagtail's own furniture is left out."""
    more = {"runOnly": {"type": "rule", "values": rules}} if rules else None
    asked = [axe.run(page), *([axe.run(page, options=more)] if more else [])]
    for one in (one for answer in asked for one in answer["violations"]):
        nodes = [node["html"][:150] for node in one["nodes"] if "w-minimap" not in node["html"]]
        if nodes and one["id"] not in NOT_OURS:
            yield one["id"], nodes


def note(answer, loaded):
    """Our own scripts and styles."""
    path = answer.url.partition("?")[0]
    if answer.status == 200 and "/static/wagtail_escalated" in path and "/vendor/" not in path:
        loaded[path] = answer
