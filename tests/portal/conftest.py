"""A customer's browser."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests.factories import make_customer

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"


@pytest.fixture
def ann(live_server):
    return make_customer("ann")


def log_in(page, user, url):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


@pytest.fixture
def page(browser_page, live_server, ann):
    """Logged in as Ann, under a strict policy of the site."""
    browser_page.set_default_timeout(15_000)
    log_in(browser_page, ann, live_server.url)

    def with_policy(route):
        answer = route.fetch(max_redirects=0)
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": POLICY})

    browser_page.route("**/support/**", with_policy)
    return browser_page
