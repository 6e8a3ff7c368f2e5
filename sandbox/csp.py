"""A strict Content-Security-Policy for the whole site; Wagtail's own admin pages get the least they need."""

from django.urls import reverse

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; "
    "manifest-src 'self'; media-src 'self'"
)
#: Choosers and date pickers of Wagtail's own pages come with inline scripts, its rich text with inline styles.
WAGTAIL = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


class ContentSecurityPolicy:
    """Leaves a policy alone that a view has set itself, as downloads and original letters do."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request.path))
        return response


def _policy(path: str) -> str:
    admin = reverse("wagtailadmin_home")
    if path.startswith(f"{admin}support/"):
        return STRICT
    return WAGTAIL if path.startswith(admin) else STRICT
