from django import template
from django.utils.html import format_html, format_html_join

from ..excerpt import marked as pieces_of

register = template.Library()


@register.simple_tag
def marked(text, matched):
    """The text with `<mark>` around what was asked for."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if found else piece,)
            for piece, found in pieces_of(text, tuple(matched))
        ),
    )
