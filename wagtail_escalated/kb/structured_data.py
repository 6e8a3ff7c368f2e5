"""What search engines and previews read: schema.org in JSON, made from the page."""

from __future__ import annotations

import json

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from .head import picture_of

_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def as_script(data: list[dict]) -> SafeString:
    """A data block. `script-src 'self'` does not concern it: browsers never run this type."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True).translate(_ESCAPES)
    return SafeString(f'<script type="application/ld+json">{text}</script>')


def of_breadcrumbs(crumbs: list, request) -> dict:
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": page.title,
                "item": page.get_full_url(request),
            }
            for number, page in enumerate(crumbs, start=1)
        ],
    }


def of_article(page, request) -> list[dict]:
    picture = picture_of(page, request)
    article = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": page.title,
        "description": page.summary,
        "inLanguage": page.locale.language_code,
        "url": canonical_url(page, request),
        "datePublished": _instant(page.first_published_at),
        "dateModified": _instant(page.last_published_at),
        "image": picture.url if picture else None,
    }
    data = [{name: value for name, value in article.items() if value}]
    questions = list(_questions(page))
    if questions:
        faq = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}
        data.append(faq)
    return data


def canonical_url(page, request) -> str:
    """An alias names its source."""
    return (page.alias_of or page).get_full_url(request) or ""


def _questions(page):
    for child in page.body:
        if child.block_type != "questions":
            continue
        for one in child.value["questions"]:
            answer = strip_tags(str(one["answer"])).strip()
            yield {
                "@type": "Question",
                "name": one["question"],
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }


def _instant(moment) -> str | None:
    return moment.isoformat() if moment else None
