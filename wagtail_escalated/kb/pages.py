"""The swappable base of Wagtail's pages, in one place.

`PAGE` is what foreign keys name, `page_model()` the class, once the apps are loaded.
"""

import swapper

swapper.set_app_prefix("wagtailcore", "wagtail")

PAGE = swapper.get_model_name("wagtailcore", "Page")


def page_model():
    return swapper.load_model("wagtailcore", "Page")
