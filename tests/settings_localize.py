"""The same site with wagtail-localize in the place of Wagtail's simple translation."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [
    "wagtail_localize",
    "wagtail_localize.locales",
    *(name for name in INSTALLED_APPS if name != "wagtail.contrib.simple_translation"),
]
ROOT_URLCONF = "tests.kb.urls_by_language"
# Turns the words of each string around.
WAGTAILLOCALIZE_MACHINE_TRANSLATOR = {
    "CLASS": "wagtail_localize.machine_translators.dummy.DummyTranslator"
}
