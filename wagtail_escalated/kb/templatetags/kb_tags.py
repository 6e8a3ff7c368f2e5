from django import template
from django.utils.html import format_html, format_html_join

from ..contents import ENOUGH, with_anchors
from ..excerpt import marked as pieces_of
from ..search.untranslated import source_of
from ..serving import direction_of

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


@register.simple_tag
def written_in(page, around):
    """`lang` and `dir` for a page's words where they are in another language than `around`, the page they stand on."""
    source = source_of(page)
    if source.locale_id == around.locale_id:
        return ""
    code = source.locale.language_code
    return format_html(' lang="{}" dir="{}"', code, direction_of(code))


@register.inclusion_tag("wagtail_escalated_kb/article_contents.html", takes_context=True)
def article(context):
    """The body of the page's article, below a list of its headings where there are many."""
    engine = context.template.engine
    body = engine.get_template("wagtail_escalated_kb/article_body.html").render(context)
    body, headings = with_anchors(body)
    chapters = sum(heading.level == 2 for heading in headings)
    return {"body": body, "headings": headings if chapters >= ENOUGH else ()}
