"""Which parts are the text, which the HTML, which files: the algorithm of RFC 8621 §4.1.4."""

from dataclasses import dataclass, field

from wagtail_escalated.mail.mime import Part

INLINE_MEDIA = ("image/", "audio/", "video/")
BODY_TYPES = ("text/plain", "text/html")


@dataclass(slots=True)
class Structure:
    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


def structure_of(root: Part) -> Structure:
    found = Structure()
    _sort(
        [root], "mixed", in_alternative=False, text=found.text, html=found.html, files=found.files
    )
    return found


def _sort(
    parts: list[Part],
    multipart: str,
    *,
    in_alternative: bool,
    text: list[Part] | None,
    html: list[Part] | None,
    files: list[Part],
) -> None:
    texts, htmls = _count(text), _count(html)
    for index, part in enumerate(parts):
        if part.is_multipart:
            kind = part.content_type.partition("/")[2]
            nested = in_alternative or kind == "alternative"
            _sort(part.children, kind, in_alternative=nested, text=text, html=html, files=files)
        elif not _is_inline(part, index, multipart):
            files.append(part)
        elif multipart == "alternative":
            _choose(part, text, html, files)
        else:
            if in_alternative and part.content_type == "text/plain":
                html = None
            elif in_alternative and part.content_type == "text/html":
                text = None
            _show(part, text, html, files)
    if multipart == "alternative" and text is not None and html is not None:
        _stand_in(text, html, texts, htmls)


def _count(parts: list[Part] | None) -> int:
    return -1 if parts is None else len(parts)


def _is_media(part: Part) -> bool:
    return part.content_type.startswith(INLINE_MEDIA)


def _is_inline(part: Part, index: int, multipart: str) -> bool:
    if part.disposition == "attachment" or not (part.content_type in BODY_TYPES or _is_media(part)):
        return False
    return index == 0 or (multipart != "related" and (_is_media(part) or not part.name))


def _choose(part: Part, text, html, files: list[Part]) -> None:
    if part.content_type == "text/plain" and text is not None:
        text.append(part)
    elif part.content_type == "text/html" and html is not None:
        html.append(part)
    else:
        files.append(part)


def _show(part: Part, text, html, files: list[Part]) -> None:
    if text is not None:
        text.append(part)
    if html is not None:
        html.append(part)
    if (text is None or html is None) and _is_media(part):
        files.append(part)


def _stand_in(text: list[Part], html: list[Part], texts: int, htmls: int) -> None:
    """Where an alternative had one form only, it stands for the other too."""
    if texts == len(text) and htmls != len(html):
        text += html[htmls:]
    if htmls == len(html) and texts != len(text):
        html += text[texts:]
