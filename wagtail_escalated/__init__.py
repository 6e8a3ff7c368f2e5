"""A complete self-hosted support desk for Wagtail."""

__version__ = "0.1.0.dev0"
