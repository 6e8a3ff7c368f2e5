"""HTML as nested lists: ``["p", {}, "text", ["a", {"href": "…"}, "more"]]``.

The script builds nodes from them, so that no string of ours ever is HTML in somebody else's page. Only what
stands here gets through; the script has the same list.
"""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

KEPT = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "em",
        "figcaption",
        "figure",
        "h3",
        "h4",
        "h5",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
RENAMED = {"h1": "h3", "h2": "h3", "h6": "h5", "strike": "u", "tt": "code", "kbd": "code"}
VOID = frozenset({"br", "hr", "img"})
DROPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "textarea",
        "select",
    ]
)
ATTRIBUTES = frozenset({"href", "src", "alt", "colspan", "rowspan", "start"})
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
MAX_DEPTH = 40

Tree = list


def tree_from_html(html: str, *, base: str, images: bool = True) -> Tree:
    """``base`` completes relative addresses; without ``images`` they are left out."""
    builder = _Builder(base, images)
    builder.feed(html)
    builder.close()
    return [node for node in builder.root[2:] if not _is_blank(node)]


def _is_blank(node) -> bool:
    return isinstance(node, str) and not node.strip()


class _Builder(HTMLParser):
    def __init__(self, base: str, images: bool):
        super().__init__(convert_charrefs=True)
        self.base, self.images = base, images
        self.root: Tree = ["", {}]
        self.open: list[Tree] = [self.root]
        self.dropping = 0

    def handle_starttag(self, tag, attrs):
        if tag in DROPPED:
            self.dropping += 1
        tag = RENAMED.get(tag, tag)
        if self.dropping or tag not in KEPT or (tag == "img" and not self.images):
            return
        node = [tag, self._attributes(attrs)]
        if tag == "img" and "src" not in node[1]:
            return
        self.open[-1].append(node)
        if tag not in VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_endtag(self, tag):
        if tag in DROPPED:
            self.dropping = max(0, self.dropping - 1)
        tag = RENAMED.get(tag, tag)
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth][0] == tag:
                del self.open[depth:]
                return

    def handle_data(self, data):
        if not self.dropping and data:
            self.open[-1].append(data)

    def _attributes(self, attrs):
        kept = {}
        for name, value in attrs:
            if name in ATTRIBUTES and value:
                value = self._link(value) if name in ("href", "src") else value[:300]
                if value:
                    kept[name] = value
        return kept

    def _link(self, value: str) -> str:
        try:
            url = urljoin(self.base + "/", value.strip())
            return url if urlsplit(url).scheme in SCHEMES else ""
        except ValueError:
            return ""
