"""What the how-to page promises is what the script has: nothing forgotten, nothing made up."""

import re
from pathlib import Path

from wagtail_escalated.widget.views import SOURCE

PAGE = (
    Path(__file__).resolve().parents[2] / "docs" / "how-to" / "put-the-widget-on-a-page.md"
).read_text()


def source():
    """Line by line as it is written, without the comments."""
    lines = (line.strip() for line in SOURCE.read_text().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def test_each_custom_property_is_named():
    used = set(re.findall(r"var\((--escalated-[a-z-]+)", source()))
    assert used == set(re.findall(r"(--escalated-[a-z-]+):", PAGE))


def test_each_part_is_named():
    told = set(re.findall(r"`(\w+)`", PAGE.split("Parts: ")[1].split("\n\n")[0]))
    fixed = set(re.findall(r'part: "(\w+)"', source()))
    of_buttons = {kind for kind in ("icon", "main", "plain", "link") if f'"{kind}"' in source()}
    assert told == fixed | of_buttons


def test_each_event_is_named():
    told = re.search(r"`on\(\"event\", fn\)` \| (.*) \|", PAGE)[1]
    assert set(re.findall(r"`(\w+)`", told)) == set(re.findall(r'emit\("(\w+)"', source()))


def test_each_attribute_is_named():
    assert set(re.findall(r"^\| `data-(\w+)`", PAGE, re.MULTILINE)) == set(
        re.findall(r"data\.(locale|position|theme|launcher)\b", source())
    )


def test_each_call_is_named():
    api = source().split("const api = {")[1].split("window.EscalatedWidget = api")[0]
    calls = set(re.findall(r"^(\w+)(?:\(|,)", api, re.MULTILINE)) - {
        "if",
        "each",
        "save",
        "call",
        "begin",
        "mark",
        "return",
    }
    told = set(re.findall(r"`(\w+)\(", PAGE.split("| call | what it does |")[1].split("## ")[0]))
    assert calls == told
