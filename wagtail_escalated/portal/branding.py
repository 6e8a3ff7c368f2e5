"""The site's colour as a style sheet: pages without inline style have nowhere else to put it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition

from wagtail_escalated.models import DeskSettings

WHITE, BLACK = "#ffffff", "#16181d"


def _etag(request: HttpRequest) -> str:
    return f'"{DeskSettings.for_request(request).colour}"'


@condition(etag_func=_etag)
def brand_css(request: HttpRequest) -> HttpResponse:
    colour = DeskSettings.for_request(request).colour
    response = HttpResponse(
        f":root{{--esc-brand:{colour};--esc-on-brand:{readable_on(colour)}}}\n",
        content_type="text/css; charset=utf-8",
    )
    response["Cache-Control"] = "no-cache"
    return response


brand_css.login_required = False


def readable_on(colour: str) -> str:
    """White or near-black, whichever contrasts more with the colour (WCAG 2 relative luminance)."""
    shade = luminance(colour)
    return WHITE if contrast(1.0, shade) >= contrast(shade, luminance(BLACK)) else BLACK


def contrast(lighter: float, darker: float) -> float:
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Of ``#rrggbb``, from 0 (black) to 1 (white)."""
    weights = (0.2126, 0.7152, 0.0722)
    return sum(
        weight * _linear(int(colour[at : at + 2], 16) / 255)
        for weight, at in zip(weights, (1, 3, 5), strict=True)
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
