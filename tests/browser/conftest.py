"""A desk with two agents, and windows of theirs."""

import pytest

from tests.browser.agents import Desk
from tests.browser.demo import Demo


@pytest.fixture
def desk(request):
    """In this process, heard of by polling; a ``real_worker`` test has sockets, in processes of its own."""
    if request.node.get_closest_marker("real_worker"):
        return Desk(request.getfixturevalue("live_desk").url)
    return Desk(request.getfixturevalue("live_server").url)


@pytest.fixture
def window(chromium, desk):
    """Opens a window of its own, logged in."""
    contexts = []

    def open_window(name, path, **options):
        context = chromium.new_context(
            locale="en-GB", **({"viewport": {"width": 1280, "height": 900}} | options)
        )
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(f"{desk.url}/admin/login/?next=/admin/support/{path}")
        page.fill("[name=username]", name)
        page.fill("[name=password]", "password")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        return page

    yield open_window
    for context in contexts:
        assert not [problem for page in context.pages for problem in getattr(page, "problems", [])]
        context.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """One demonstration serves all who look at it: they are of the group ``demo``."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.start()
    yield demo
    demo.stop()
    assert "Traceback" not in demo.log()
