"""What search engines and social networks read in the head of a page, beside its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Site

from .access import blocked_paths, expired
from .models.settings import KnowledgeBaseSettings
from .pages import page_model

#: As wide as the large previews of social networks are.
PREVIEW = "max-1200x1200"


@dataclass(frozen=True)
class Alternate:
    """The same page in a language; `x-default` is for readers of none of them."""

    language: str
    url: str


@dataclass(frozen=True)
class Picture:
    """An image that stands for a page where it is shared."""

    url: str
    width: int
    height: int
    text: str


def alternates(page, request) -> list[Alternate]:
    """This page and its translations that anybody may read; none where there is one language only.

    An alias names its source as the canonical page, so it is no version of its own.
    """
    from .models.bases import ArticleMixin

    if not getattr(settings, "WAGTAIL_I18N_ENABLED", False) or page.alias_of_id:
        return []
    same = page_model().objects.filter(translation_key=page.translation_key, alias_of=None)
    if isinstance(page, ArticleMixin):
        same = same.filter(escalated_text__isnull=False)  # what nobody has translated has no text
    versions = [one for one in same.live().select_related("locale") if not expired(one)]
    if len(versions) < 2 or page.pk not in {one.pk for one in versions}:
        return []
    hidden = tuple(blocked_paths(user=None))
    versions = [one for one in versions if not one.path.startswith(hidden)]
    sites: dict[int, bool] = {}
    found = {}
    for one in versions:
        site_id, root_url, path = one.get_url_parts(request) or (None, None, None)
        if path is not None and _is_public(site_id, sites):
            found[one.locale.language_code] = f"{root_url}{path}"
    if len(found) < 2:
        return []
    default = found.get(get_supported_content_language_variant(settings.LANGUAGE_CODE))
    every = [*found.items(), *([("x-default", default)] if default else [])]
    return [Alternate(code, url) for code, url in every]


def _is_public(site_id: int, known: dict[int, bool]) -> bool:
    """Whether that site's knowledge base answers everybody."""
    if site_id not in known:
        site = Site.objects.filter(pk=site_id).first()
        known[site_id] = site is not None and KnowledgeBaseSettings.of(site).admits(None)
    return known[site_id]


def picture_of(page, request) -> Picture | None:
    """Of the image that stands for the page, where it has one."""
    image = page.get_preview_image()
    if image is None:
        return None
    rendition = image.get_rendition(PREVIEW)
    return Picture(
        absolute(rendition.url, request), rendition.width, rendition.height, rendition.alt
    )


def absolute(url: str, request) -> str:
    """By the site's own address: the Host header is the visitor's word."""
    site = Site.find_for_request(request)
    return f"{site.root_url}{url}" if site and url.startswith("/") and url[1:2] != "/" else url


def first_image(body) -> Any | None:
    """The first image of an article's blocks."""
    for block in body:
        if block.block_type == "picture" and block.value.get("image"):
            return block.value["image"]
        if block.block_type == "steps":
            for step in block.value["steps"]:
                if step.get("image"):
                    return step["image"]
    return None
