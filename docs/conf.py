"""Sphinx for the documentation: ``make docs``. Nothing is fetched, nothing of Django is needed."""

project = "Wagtail Escalated"
author = "The Wagtail Escalated authors"
copyright = "2026, The Wagtail Escalated authors"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Wagtail Escalated"
