"""The tests' site without the knowledge base: what memory is compared with."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "wagtail_escalated.kb"]  # noqa: F405
