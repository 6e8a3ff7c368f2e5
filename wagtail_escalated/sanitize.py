"""HTML in, safe HTML out. The only place that may call something safe."""

import html as html_entities
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

MAX_HTML = 1_000_000  # characters; the whole letter is kept beside it
MAX_DEPTH = 500  # the parser's time grows with the square of the nesting
MAX_TAGS = 50_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span "
    "strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
# Raw-text and foreign elements: their content is dropped too, or it would come back as text or mutate.
DROPPED_WITH_CONTENT = _words(
    "script style title template noscript noembed noframes iframe frame frameset object embed "
    "applet svg math textarea select xmp plaintext"
)
ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:")
REMOTE_SCHEMES = ("http://", "https://", "//")

_NESTING_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NEVER_NEST = _words(
    "p li br img hr td th tr dd dt option meta input link col wbr area base source tbody thead"
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
# What nh3 writes: attributes in double quotes, no comments, each other "<" as an entity.
_PIECE = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*+)>|([^<]+)')
_QUOTED = re.compile(r'\b(href|alt)="([^"]*)"')
_URL = re.compile(r"\bhttps?://[^\s<>\"'`{}|\\^]{1,2000}", re.IGNORECASE)
_TRAILING = ".,:;!?)]*_"


def sanitize_html(
    html: str, *, remote_images: bool = False, cid_urls: Mapping[str, str] | None = None
) -> SafeString:
    """Whatever came, as markup that can stand in a page of ours.

    No style, class, id or script survives. Images show where ``cid_urls`` (content id → URL of the
    attachment) names them, and from other servers only where ``remote_images`` asks for it.
    """
    html = _bounded(html)
    if _too_much(html):
        return html_from_text(_strip_tags(html))
    keep = partial(_attribute, remote_images=remote_images, cid_urls=cid_urls or {})
    return mark_safe(  # noqa: S308  (nh3 wrote it)
        nh3.clean(
            html,
            tags=set(TAGS),
            clean_content_tags=set(DROPPED_WITH_CONTENT),
            attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
            attribute_filter=keep,
            url_schemes={"http", "https", "mailto", "tel", "cid"},
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}, "img": {"loading": "lazy"}},
        )
    )


def has_remote_images(html: str) -> bool:
    """Whether something would appear that is blocked now."""
    return sanitize_html(html, remote_images=True).count(" src=") > sanitize_html(html).count(
        " src="
    )


def text_from_html(html: str) -> str:
    """Readable plain text: paragraphs, list marks and the target of links are kept."""
    html = _bounded(html)
    if _too_much(html):
        return _tidy(html_entities.unescape(_strip_tags(html)))
    # nh3 closes, balances and quotes everything first, so that what it wrote is read by one expression.
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes={"a": {"href"}, "img": {"alt"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    writer = _TextWriter()
    writer.read(clean)
    return _tidy("".join(writer.out))


def html_from_text(text: str) -> SafeString:
    """Escaped, in paragraphs, with links made of web addresses."""
    text = text[:MAX_HTML].replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    paragraphs = re.split(r"\n[ \t]*\n\s*", text) if text.strip() else []
    return mark_safe(  # noqa: S308  (_linked escapes each piece)
        "\n".join(f"<p>{_linked(one).replace(chr(10), '<br>')}</p>" for one in paragraphs)
    )


def with_attribute(html: SafeString, name: str, value: str) -> SafeString:
    """The same with an attribute more in its first tag. Raises ``TypeError`` where nobody calls the HTML safe."""
    if not isinstance(html, SafeString):
        raise TypeError(html)
    tag = re.search(r"<\w+", html)
    if tag is None:
        return html
    begin, rest = html[: tag.end()], html[tag.end() :]
    return mark_safe(f'{begin} {name}="{escape(value)}"{rest}')  # noqa: S308  (was safe; the value is escaped)


def _attribute(
    tag: str, name: str, value: str, *, remote_images: bool, cid_urls: Mapping[str, str]
) -> str | None:
    if (tag, name) == ("a", "href"):
        # A relative link of a letter would lead into our own site.
        return value if value.strip().lower().startswith(LINK_SCHEMES) else None
    if (tag, name) == ("img", "src"):
        return _image_source(value.strip(), remote_images=remote_images, cid_urls=cid_urls)
    if name in {"width", "height", "colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and len(value) <= 4 else None
    return value


def _image_source(value: str, *, remote_images: bool, cid_urls: Mapping[str, str]) -> str | None:
    if value[:4].lower() == "cid:":
        return cid_urls.get(value[4:].strip("<> "))
    if remote_images and value.lower().startswith(REMOTE_SCHEMES):
        return value
    return None


def _bounded(html: str) -> str:
    return html[:MAX_HTML].replace("\x00", "")


def _too_much(html: str) -> bool:
    """Whether parsing would take for ever. Counts per name: ``<i></b>`` repeated nests too."""
    if html.count("&") > MAX_TAGS:
        return True
    open_tags: Counter[str] = Counter()
    depth = 0
    for count, (closing, name) in enumerate(_NESTING_TAG.findall(html)):
        name = name.lower()
        if count > MAX_TAGS:
            return True
        if name in _NEVER_NEST:
            continue
        if not closing:
            open_tags[name] += 1
            depth += 1
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False


def _strip_tags(html: str) -> str:
    return _TAG.sub(" ", html)


def _linked(text: str) -> str:
    out: list[str] = []
    position = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(_TRAILING)
        out.append(escape(text[position : match.start()]))
        out.append(
            f'<a href="{escape(url)}" rel="noopener noreferrer nofollow" target="_blank">{escape(url)}</a>'
        )
        position = match.start() + len(url)
    out.append(escape(text[position:]))
    return "".join(out)


def _tidy(text: str) -> str:
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _TextWriter:
    """Reads what nh3 wrote; collects the text in ``out``. The standard library's parser takes three times as long."""

    PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 ul ol table blockquote pre dl figure")
    LINES = _words("div li tr dt dd hr caption figcaption summary details")

    def __init__(self) -> None:
        self.out: list[str] = []
        self._newlines = 0
        self._pre = 0
        self._links: list[tuple[str, int]] = []

    def read(self, clean: str) -> None:
        for closing, tag, attributes, text in _PIECE.findall(clean):
            if text:
                self._text(html_entities.unescape(text))
            elif closing:
                self._close(tag)
            else:
                self._open(tag, dict(_QUOTED.findall(attributes)))

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        self._break(tag)
        if tag == "br":
            self._newlines += 1
        elif tag == "li":
            self._write("- ")
        elif tag == "a":
            self._links.append((html_entities.unescape(attributes.get("href", "")), len(self.out)))
        elif tag == "img":
            self._write(html_entities.unescape(attributes.get("alt", "")))
        elif tag == "pre":
            self._pre += 1

    def _close(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._name_target(*self._links.pop())
        elif tag in {"td", "th"}:
            self.out.append(" ")
        elif tag == "pre":
            self._pre -= 1
        self._break(tag)

    def _text(self, data: str) -> None:
        if self._pre:
            return self._write(data)
        # Line breaks in HTML's source are spaces; those of the text are made by tags.
        data = re.sub(r"\s+", " ", data)
        if data != " " or not self._newlines:
            self._write(data)

    def _write(self, text: str) -> None:
        if text:
            self.out.append("\n" * self._newlines + text)
            self._newlines = 0

    def _break(self, tag: str) -> None:
        if tag in self.PARAGRAPHS:
            self._newlines = max(self._newlines, 2)
        elif tag in self.LINES:
            self._newlines = max(self._newlines, 1)

    def _name_target(self, href: str, start: int) -> None:
        label = "".join(self.out[start:]).strip()
        address = href.removeprefix("mailto:")
        if href.startswith(("http", "mailto:")) and address.rstrip("/") not in label.rstrip("/"):
            self._write(f" <{address}>" if label else address)
