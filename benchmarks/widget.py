"""What the widget costs a page: bytes, milliseconds of script before the first click, requests, shift.

    python benchmarks/widget.py https://HOST/support/widget/widget.js [--runs 20]

The desk must allow the origin that is printed first. Chromium is found as the tests find it (CHROMIUM).
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import sync_playwright

CATEGORIES = ["devtools.timeline", "v8", "disabled-by-default-v8.compile"]
COUNTED = {"EvaluateScript", "v8.compile", "FunctionCall", "RunMicrotasks"}


def page_with(script):
    words = "<p>Some words of somebody's page.</p>" * 50
    html = f'<!doctype html><title>Shop</title><link rel=icon href="data:,">{words}<script src="{script}" async></script>'

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/"


def compressed_size(script):
    request = urllib.request.Request(script, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
        return (
            len(body) if answer.headers["Content-Encoding"] == "gzip" else len(gzip.compress(body))
        )


def milliseconds(trace, script):
    """Compiling and running the script, with what it calls at once; outer events count, inner ones are in them."""
    spans = [
        # The thread's own clock: a busy machine does not make the script slower.
        (event["tts"], event["tts"] + event.get("tdur", 0))
        for event in trace["traceEvents"]
        if event["name"] in COUNTED
        and "tts" in event
        and script in json.dumps(event.get("args", {}))
    ]
    total, end = 0, 0
    for start, stop in sorted(spans):
        total += max(0, stop - max(start, end))
        end = max(end, stop)
    return total / 1000


def measure(script, runs):
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    url = page_with(script)
    times, requests = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for _run in range(runs):
            page = browser.new_context().new_page()
            asked = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            browser.start_tracing(page=page, categories=CATEGORIES)
            page.goto(url)
            page.wait_for_timeout(300)
            times.append(milliseconds(json.loads(browser.stop_tracing()), script))
            requests.append(len(asked) - 1)
            page.context.close()
        browser.close()
    print(f"script: {compressed_size(script)} bytes compressed")
    print(
        f"evaluation: median {statistics.median(times):.2f} ms, worst {max(times):.2f} ms of {runs}"
    )
    print(f"requests before the first click: {max(requests)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    measure(options.script, options.runs)
