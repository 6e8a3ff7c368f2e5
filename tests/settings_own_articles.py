"""The same site with article pages of its own, see ``tests.own_articles``."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = ["tests.own_articles", *INSTALLED_APPS]
