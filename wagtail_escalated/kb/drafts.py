"""Draft articles from what was written or looked for elsewhere."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.blocks import RichTextBlock
from wagtail.models import Locale

from wagtail_escalated.permissions import tickets_for

from .models.bases import ArticleMixin
from .models.citations import Citation
from .navigation import index_for_site

#: What may name somebody. It is marked, not removed: an editor decides.
_PERSONAL = re.compile(
    r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+|\+?\d(?:[\s./-]?\d){6,}|\b[A-Z]+-\d{4}-[0-9A-F]{6}\b"
)


def draft_from_reply(reply, *, actor) -> str:
    """A draft below the site's knowledge base, never published; the address to edit it."""
    ticket = tickets_for(actor, "view_internal").filter(pk=reply.ticket_id).first()
    if ticket is None:
        raise PermissionDenied
    page = new_draft(
        ticket.site,
        title=ticket.subject,
        paragraphs=_paragraphs(reply.body),
        actor=actor,
    )
    _enter_workflow(page, actor, only_if_editable=False)
    Citation.objects.create(
        ticket=ticket, page_id=page.pk, cited_by=actor, cited_at=timezone.now(), is_origin=True
    )
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def draft_from_search(site, query: str, *, actor, locale: Locale | None = None) -> str:
    """A draft for what people look for and don't find."""
    page = new_draft(
        site, title=query[:1].upper() + query[1:], other_words=query, actor=actor, locale=locale
    )
    # There is a title so far: who made the draft is about to write it.
    _enter_workflow(page, actor, only_if_editable=True)
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def new_draft(
    site, *, title: str, actor, paragraphs=(), other_words: str = "", locale: Locale | None = None
) -> ArticleMixin:
    """Where the site's knowledge base stands in this language, if `actor` may add pages there."""
    parent = index_for_site(site, locale.language_code if locale else None)
    if parent is None or not parent.permissions_for_user(actor).can_add_subpage():
        raise PermissionDenied(_("You may not write articles in this knowledge base."))
    model = article_model_below(parent)
    title = _marked(title)[:255] or _("Untitled")
    page = model(
        title=title,
        slug=_free_slug(parent, title),
        other_words=_marked(other_words)[:1000],
        body=_body(model, paragraphs),
        live=False,
        owner=actor,
        locale=parent.locale,
    )
    parent.add_child(instance=page)
    page.save_revision(user=actor, log_action=True)
    return page


def _enter_workflow(page, actor, *, only_if_editable: bool) -> None:
    """Where the tree has one: its people hear of the draft and read it before it is published.

    A task may lock the page for whom it does not ask, and with it for who made the draft.
    """
    workflow = page.get_workflow()
    if workflow is None or not getattr(settings, "WAGTAIL_WORKFLOW_ENABLED", True):
        return
    first = workflow.tasks.first()
    if only_if_editable and first and first.specific.locked_for_user(page, actor):
        return
    workflow.start(page, actor)


def article_model_below(parent) -> type[ArticleMixin]:
    """The first of the page types allowed here that is an article; a site may have its own."""
    for model in type(parent).allowed_subpage_models():
        if issubclass(model, ArticleMixin):
            return model
    raise PermissionDenied(_("This knowledge base takes no articles at its top."))


def _body(model: type[ArticleMixin], paragraphs: list[str]) -> list:
    """In the first block for rich text; nothing where the site's own blocks have none."""
    blocks = model._meta.get_field("body").stream_block.child_blocks
    name = next((n for n, block in blocks.items() if isinstance(block, RichTextBlock)), None)
    return [(name, _as_rich_text(paragraphs))] if name and paragraphs else []


def _paragraphs(text: str) -> list[str]:
    return [p.strip() for p in re.split(r"\n\s*\n", text.replace("\x00", "")) if p.strip()]


def _marked(text: str) -> str:
    return _PERSONAL.sub(lambda found: f"[[{found[0]}]]", text)


def _as_rich_text(paragraphs):
    from wagtail.rich_text import RichText

    from wagtail_escalated.sanitize import html_from_text

    return RichText("".join(str(html_from_text(_marked(p))) for p in paragraphs))


def _free_slug(parent, title: str) -> str:
    base = slugify(title, allow_unicode=True)[:200] or "article"
    taken = set(parent.get_children().filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for slug in [base, *(f"{base}-{n}" for n in range(2, 10_000))] if slug not in taken
    )
