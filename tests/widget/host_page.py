"""Somebody else's page with the widget on it, on an origin of its own."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOSTILE_CSS = """
* { display: none !important; color: red !important; font-size: 40px !important;
    position: static !important; pointer-events: none !important; opacity: 0.1 !important }
html, body, h1, p { display: block !important }
escalated-widget { visibility: hidden !important; transform: scale(0.1) !important }
"""

#: What carelessly written and hostile pages have done to the globals.
HOSTILE_JS = """
for (const name of ["Promise", "FormData", "URL", "Date", "Intl", "Math", "customElements", "CSSStyleSheet",
                    "Response", "Headers", "Storage", "Crypto", "Uint8Array", "matchMedia"]) window[name] = null;
const broken = () => { throw Error("the page broke this") };
window.fetch = window.setTimeout = window.clearTimeout = window.encodeURIComponent = broken;
window.JSON = {}; window.$ = window.name = "x"; window.event = 1;
Object.prototype.polluted = "x";
Array.prototype.toJSON = () => "bad";
for (const name of ["map", "forEach", "push", "join", "splice", "filter"]) Array.prototype[name] = broken;
for (const name of ["trim", "split", "replace", "slice"]) String.prototype[name] = broken;
for (const name of ["append", "remove", "replaceChildren", "setAttribute", "attachShadow"]) {
  Element.prototype[name] = broken;
}
EventTarget.prototype.addEventListener = broken;
HTMLElement.prototype.focus = broken;
Function.prototype.call = Function.prototype.bind = broken;
Array.prototype[Symbol.iterator] = broken;
"""


class HostPage:
    """``url``; ``policy`` is its Content-Security-Policy, ``head`` stands in its head."""

    def __init__(self, desk):
        self.desk, self.policy, self.head, self.attributes = desk, "", "", ""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path.startswith("/page") else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if page.policy:
                    self.send_header("Content-Security-Policy", page.policy)
                self.end_headers()
                self.wfile.write(page.html().encode())

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Another host name is another origin, and another site.
        self.origin = f"http://localhost:{self.server.server_port}"
        self.url = f"{self.origin}/page"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def html(self):
        return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
            <meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{self.head}</head>
            <body><main><h1>Shop</h1><p>{"Some words. " * 200}</p><button id="buy">Buy</button></main>
            <script src="{self.desk}/support/widget/widget.js" {self.attributes} async></script></body></html>"""

    def strict(self):
        """Nothing but what the settings page names, and one source each."""
        self.policy = f"default-src 'none'; script-src {self.desk}; connect-src {self.desk}; img-src {self.desk} data:"

    def hostile(self):
        self.head = f"<style>{HOSTILE_CSS}</style><script>{HOSTILE_JS}</script>"

    def close(self):
        self.server.shutdown()
