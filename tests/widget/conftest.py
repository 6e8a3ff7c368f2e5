import pytest

from tests.factories import default_site
from tests.widget.host_page import HostPage
from tests.widget.shelf import Shelf
from tests.widget.visitor import Widget
from wagtail_escalated import articles
from wagtail_escalated.widget.models import WidgetSettings

ORIGIN = "https://shop.example.com"


@pytest.fixture
def settings_of_widget(db):
    """The default site's, with one foreign origin allowed."""
    row = WidgetSettings.for_site(default_site())
    row.allowed_origins = f"{ORIGIN}\nhttps://www.example.org:8443/"
    row.save()
    return row


@pytest.fixture
def ask(client, settings_of_widget):
    """Requests as the script sends them from the allowed page."""

    class Visitor:
        origin = ORIGIN

        def get(self, path, data=None, token="", **headers):
            return client.get(f"/support/widget/{path}", data, headers=self.headers(token, headers))

        def post(self, path, data=None, token="", **headers):
            return client.post(
                f"/support/widget/{path}", data, headers=self.headers(token, headers)
            )

        def headers(self, token, more):
            mine = {"Origin": self.origin} | ({"X-Guest-Token": token} if token else {})
            return {name: value for name, value in (mine | more).items() if value is not None}

    return Visitor()


@pytest.fixture
def shelf():
    before = list(articles._providers)
    shelf = Shelf()
    articles.register_provider(shelf)
    yield shelf
    articles._providers[:] = before


@pytest.fixture
def host(live_server):
    """Somebody's page that may show the widget."""
    page = HostPage(live_server.url)
    row = WidgetSettings.for_site(default_site())
    row.allowed_origins = page.origin
    row.save()
    yield page
    page.close()


@pytest.fixture
def widget(browser_page, host):
    browser_page.set_default_timeout(15_000)
    return Widget(browser_page)
