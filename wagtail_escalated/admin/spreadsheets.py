"""Exports that a spreadsheet program reads as text, never as formulas."""

from __future__ import annotations

from typing import Any

#: What Excel, LibreOffice and Google Sheets take for the beginning of a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(value: Any) -> Any:
    """Text that would be a formula gets an apostrophe in front; numbers and dates stay as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


class SafeSpreadsheetMixin:
    """For views with Wagtail's ``SpreadsheetExportMixin``; before it in the list of bases."""

    def preprocess_field_value(self, field, value, export_format):
        processed = super().preprocess_field_value(field, value, export_format)
        return neutral(processed) if export_format == self.FORMAT_CSV else processed
