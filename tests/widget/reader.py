"""What a screen reader is told: Chromium's own accessibility tree, as lines of text."""

#: Boxes without a meaning.
SILENT = {"none", "generic", "InlineTextBox", "MenuListPopup", "ListMarker"}
#: What is told with the field that it names.
LABELS = {"LabelText", "Legend"}
#: What is named by the words in it, so that they are not told twice.
NAMED_BY_CONTENT = {"button", "heading", "link", "option", "searchbox", "textbox"}
STATES = ("required", "invalid", "expanded", "modal", "live", "focused")


def transcript(page, landmark="complementary"):
    """Of the first landmark of that role, as indented lines ``role "name" (states) – description``."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    lines = []

    def read(node, depth):
        role = node["role"]["value"]
        if role in LABELS:
            return
        told = not node["ignored"] and role not in SILENT
        if told:
            lines.append("  " * depth + line_of(node, role))
        if role in NAMED_BY_CONTENT and not node["ignored"]:
            return
        for child in node.get("childIds", ()):
            if child in by_id:
                read(by_id[child], depth + told)

    read(next(node for node in nodes if node["role"]["value"] == landmark), 0)
    return lines


def line_of(node, role):
    if role == "StaticText":
        return f"“{value_of(node, 'name')}”"
    states = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
    told = [name for name in STATES if states.get(name) not in (None, False, "false", "")]
    text = f"{role} “{value_of(node, 'name')}”"
    if told:
        text += f" ({', '.join(told)})"
    description = value_of(node, "description")
    return f"{text} – {description}" if description else text


def value_of(node, key):
    return node.get(key, {}).get("value", "")
