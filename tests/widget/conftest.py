import pytest

from tests.factories import default_site
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
