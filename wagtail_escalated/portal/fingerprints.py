"""By what a form is known again that a browser sends twice, as the answer to the first got lost."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest


def fingerprint(request: HttpRequest, stamp: str, *fields: str) -> str:
    """Of this very form, as it was written: other words or files make another one.

    ``stamp`` names the field that is different in each page that is given out; without it there is no fingerprint.
    """
    if not request.POST.get(stamp):
        return ""
    files = [f"{file.name}|{file.size}" for file in request.FILES.getlist("files")]
    written = [request.POST.get(name, "") for name in (stamp, *fields)]
    return hashlib.sha256(repr(written + files).encode("utf-8", "replace")).hexdigest()
