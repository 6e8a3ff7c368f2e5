"""Serves the files of the headless example, which could stand on any other server."""

from pathlib import Path

from django.views.static import serve

SHOWN = {".html", ".css", ".js"}


def headless(request, path):
    """They ask the desk by its own name, which their policy has to allow."""
    wanted = path if Path(path).suffix in SHOWN else "nothing"
    response = serve(request, wanted, document_root=Path(__file__).parent)
    api = f"http://127.0.0.1:{request.get_port()}"
    response["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {api}; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return response
