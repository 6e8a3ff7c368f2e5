"""An answer that links to an article cites it."""

from __future__ import annotations

import re

from wagtail.models import Site

from wagtail_escalated.signals import reply_added

from .access import expired
from .provider import KnowledgeBase
from .search import candidates

_LINK = re.compile(r"https?://[^\s\"'<>]+|(?<=href=[\"'])/[^\s\"'<>]+")
MOST = 20


def connect() -> None:
    reply_added.connect(cite_linked_articles, dispatch_uid="escalated_kb_citing")


def cite_linked_articles(sender, ticket, actor, reply, **kwargs) -> None:
    if not reply.by_agent:
        return
    for pk in _linked(f"{reply.body}\n{reply.body_html}", ticket.site):
        KnowledgeBase().record_citation(ticket, pk, actor=actor)


def _linked(text: str, site) -> list[int]:
    """Articles of the ticket's own site that the text links to."""
    roots = [root for root in Site.get_site_root_paths() if root.site_id == site.pk]
    paths = set()
    for address in _LINK.findall(text)[:MOST]:
        local = address.split("?")[0].split("#")[0]
        for root in roots:
            if local.startswith(("/", root.root_url + "/")):
                paths.add(root.root_path + local.removeprefix(root.root_url).strip("/") + "/")
    if not paths:
        return []
    found = (
        model.objects.live().filter(url_path__in=paths) for model in candidates.article_models()
    )
    return [page.pk for pages in found for page in pages if not expired(page)]
