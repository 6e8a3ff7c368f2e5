"""Pictures of the screens, from a fresh demonstration: ``python -m scripts.pictures [name …]``.

Each screen is taken wide, dark, narrow (320 px) and in Arabic, into ``docs/pictures``.
"""

import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.demo import Demo
from tests.conftest import CHROMIUM_ARGUMENTS, chromium_path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 320, "height": 720}
LOOKS = {
    "": {"viewport": WIDE},
    "-dark": {"viewport": WIDE, "color_scheme": "dark"},
    "-narrow": {"viewport": NARROW},
    "-arabic": {"viewport": WIDE, "locale": "ar"},
}


class Screen(NamedTuple):
    path: str
    login: str = ""
    before: Callable[[Page], None] | None = None


def open_widget(page: Page) -> None:
    page.evaluate("EscalatedWidget.open()")
    page.wait_for_timeout(400)
    page.keyboard.type("my grinder is loud and does not turn")
    page.wait_for_timeout(1500)


def open_merge(page: Page) -> None:
    page.keyboard.press("t")
    page.keyboard.press("m")
    page.wait_for_timeout(1200)


def screens(demo: Demo) -> dict[str, Screen]:
    reference = demo.manage("reference_of", "Grinder makes a loud noise and stops")
    return {
        "inbox": Screen("/admin/support/inbox/?view=all&open=true", "cleo"),
        # From its beginning: a long one opens at its newest message.
        "ticket": Screen(f"/admin/support/tickets/{reference}/?view=all&open=true#wagtail", "cleo"),
        "merge": Screen(f"/admin/support/tickets/{reference}/", "cleo", before=open_merge),
        "dashboard": Screen("/admin/support/dashboard/", "mira"),
        "held-mail": Screen("/admin/support/held/", "mira"),
        "setup": Screen("/admin/support/setup/", "mira"),
        "help-centre": Screen("/help/"),
        "search": Screen("/help/?q=my+grinder+is+jammed+and+loud"),
        "article": Screen("/help/machines-and-care/free-a-stuck-burr/"),
        "widget": Screen("/", before=open_widget),
        "portal-new": Screen("/support/tickets/new/"),
        "portal-tickets": Screen("/support/tickets/", "carla"),
    }


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        demo = Demo(folder)
        demo.start()
        browser = driver.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS)
        try:
            for name, screen in screens(demo).items():
                if not wanted or name in wanted:
                    take(browser, demo, name, screen)
        finally:
            browser.close()
            demo.stop()


def take(browser: Browser, demo: Demo, name: str, screen: Screen) -> None:
    for suffix, look in LOOKS.items():
        context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **look})
        page = context.new_page()
        if screen.login:
            log_in(page, demo.url, screen.login)
        status = page.goto(f"{demo.url}{screen.path}").status
        page.wait_for_timeout(1200)
        if screen.before:
            screen.before(page)
        save(page.screenshot(), FOLDER / f"{name}{suffix}.png")
        print(f"{name}{suffix}: {status}")
        context.close()


def save(picture: bytes, path: Path) -> None:
    """With 128 colours: a third of the size, and nobody sees the difference."""
    Image.open(BytesIO(picture)).convert("RGB").quantize(128).save(path, optimize=True)


def log_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/login/?next=/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "demo")
    with page.expect_navigation():
        page.keyboard.press("Enter")


if __name__ == "__main__":
    main(sys.argv[1:])
