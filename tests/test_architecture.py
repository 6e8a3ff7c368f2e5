"""The house rules that a machine can see. The reasons stand in docs/explanation/architecture.md."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "wagtail_escalated"

#: From the bottom up. A room imports its own floor only where it stands in ``ONE_FLOOR``.
FLOORS = [
    {
        "batches",
        "committed",
        "conf",
        "exceptions",
        "signals",
        "actors",
        "bodies",
        "files",
        "hours",
        "sanitize",
        "storage",
        "tokens",
    },
    {"article_reports", "articles", "models", "report_tables"},
    {
        "permissions",
        "ratelimit",
        "crossing",
        "captcha",
        "ticket_search",
        "custom_values",
        "field_conditions",
        "calendars",
    },
    {"access", "filters", "custom_forms", "proof", "once"},
    {"views_of_tickets", "conditions"},
    {"events"},
    {"actions"},
    {"mail", "realtime"},
    {"reactions"},
    {"tasks"},
    {"jobs"},
    {"job_states", "setup_steps"},
    {"admin", "portal", "api"},
    {"kb"},
    {"widget"},
]
#: The bottom floor is pure functions, which may use each other.
ONE_FLOOR = FLOORS[0]
#: What only registers: nobody imports it, so it may know everybody.
REGISTRATION = {"apps", "urls", "wagtail_hooks", "checks", "schedules", "management"}
DOORS = {"admin", "portal", "api", "kb", "widget", "realtime", "mail"}
#: Rows of a ticket, which nothing but ``actions`` (and ``events`` for the history) may write.
OF_A_TICKET = {
    "Ticket", "Reply", "Note", "TicketLink", "Follower", "SLAClock", "TicketEvent", "CustomFieldValue",
}  # fmt: skip
#: What looks like such a write and is none, with the reason.
ALLOWED = {
    # a history row is marked as reacted to; nobody reads that but the sweeper
    "tasks.py TicketEvent.objects.filter.update",
}
WRITES = {
    "create", "bulk_create", "get_or_create", "update_or_create",
    "save", "update", "bulk_update", "delete",
}  # fmt: skip


def room_of(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def sources():
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts and path != PACKAGE / "__init__.py":
            yield path, ast.parse(path.read_text(), str(path))


SOURCES = list(sources())


def imported_rooms(path, tree):
    """(room, line) of each import of ours, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = absolute_names(path, node)
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE.name and len(parts) > 1:
                yield parts[1], node.lineno


def absolute_names(path, node):
    base = node.module or ""
    if node.level:
        package = path.relative_to(PACKAGE.parent).with_suffix("").parts[: -node.level]
        base = ".".join([*package, *([base] if base else [])])
    # `from wagtail_escalated import actions` names a room in what it imports
    return [f"{base}.{alias.name}" for alias in node.names] if base == PACKAGE.name else [base]


def floor_of(room):
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), len(FLOORS))


def test_each_file_has_a_room():
    unknown = {room_of(path) for path, _ in SOURCES} - set().union(*FLOORS) - REGISTRATION
    assert not unknown, "say on which floor it stands"


def test_imports_point_down_only():
    wrong = []
    for path, tree in SOURCES:
        room = room_of(path)
        for other, line in imported_rooms(path, tree):
            if other == room or room in REGISTRATION or path.stem in REGISTRATION:
                continue
            if other in ONE_FLOOR:
                continue
            if floor_of(other) >= floor_of(room):
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {other}")
    assert not wrong


def test_the_desk_never_imports_knowledge_base_or_widget():
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {other}"
        for path, tree in SOURCES
        for other, line in imported_rooms(path, tree)
        if other in {"kb", "widget"} and room_of(path) != other
    ]
    assert not wrong


def attribute_chain(node):
    """``Ticket.objects.filter(x).update`` as ["Ticket", "objects", "filter", "update"]."""
    names = []
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names[::-1]


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield attribute_chain(node.func), node.lineno


def writes_a_ticket(chain):
    if len(chain) < 2 or chain[-1] not in WRITES:
        return False
    model_query = chain[0] in OF_A_TICKET and "objects" in chain
    instance = chain[-2] in {"ticket", "reply", "note", "clock"} and chain[-1] in {"save", "delete"}
    related = chain[-2] in {"replies", "notes", "clocks", "links"}
    return model_query or instance or related


def test_only_actions_write_tickets():
    writes = {
        f"{path.relative_to(PACKAGE)} {'.'.join(chain)}": line
        for path, tree in SOURCES
        if room_of(path) not in {"actions", "events"}
        for chain, line in calls(tree)
        if writes_a_ticket(chain)
    }
    assert writes.keys() <= ALLOWED, writes
    assert not ALLOWED - writes.keys(), "an allowance that nobody needs any more"


def test_doors_read_tickets_through_permissions():
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, tree in SOURCES
        if room_of(path) in DOORS
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"Ticket", "Note"}
    ]
    assert not wrong, "begin with tickets_for(actor, verb)"


def names_used(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, node.lineno) for alias in node.names)


def test_only_sanitize_calls_text_safe():
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path, tree in SOURCES
        if path.name != "sanitize.py"
        for name, line in names_used(tree)
        if name == "mark_safe"
    ]
    assert not wrong


def test_hours_never_look_at_the_clock():
    trees = [tree for path, tree in SOURCES if room_of(path) == "hours"]
    chains = [".".join(chain) for tree in trees for chain, _ in calls(tree)]
    assert len(trees) > 1
    assert not [chain for chain in chains if chain.endswith((".now", ".utcnow", ".today"))]


INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "inline handler": re.compile(r"<[^>]+\son[a-z]+\s*=", re.I),
    "javascript link": re.compile(r"href\s*=\s*[\"']?javascript:", re.I),
}


@pytest.mark.parametrize("what", INLINE)
def test_templates_hold_under_a_strict_content_security_policy(what):
    wrong = [
        f"{path.relative_to(PACKAGE)}: {found.group()}"
        for path in sorted(PACKAGE.rglob("*.html"))
        # mail clients know no style sheets: css-inline writes the attributes when it is sent
        if "mail" not in path.parts
        for found in [INLINE[what].search(path.read_text())]
        if found
    ]
    assert not wrong


def test_nothing_is_called_after_a_commit_but_through_once_committed():
    """A partial or a failing callback would reach a caller whose work is committed already."""
    wrong = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "committed.py" and "on_commit(" in path.read_text()
    ]
    assert wrong == []


def test_migrations_follow_the_sites_own_image_model():
    """``makemigrations`` writes down the model of the site that it runs in."""
    for path in PACKAGE.rglob("migrations/0*.py"):
        assert "wagtailimages" not in path.read_text(), path
