"""Wagtail's tables of rows, such that a phone can show one thing below the other: each cell brings its column's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from wagtail.admin.ui.tables import BaseColumn, Table, TitleColumn
from wagtail.admin.ui.tables.orderable import OrderingColumn

from wagtail_escalated.sanitize import with_attribute

#: What they show tells what it is.
TELLING = (TitleColumn, OrderingColumn)


class LabelledCell(BaseColumn.Cell):
    def render_html(self, parent_context: Any) -> SafeString:
        html = super().render_html(parent_context)
        is_empty = "<svg" not in html and not strip_tags(html).strip()
        if is_empty or isinstance(self.column, TELLING):
            return html
        return with_attribute(html, "data-label", str(self.column.label))


class StackedRow(Table.Row):
    def __getitem__(self, key: str) -> LabelledCell:
        return LabelledCell(self.columns[key], self.instance)


class StackedTableMixin:
    data: Any

    @property
    def rows(self) -> Iterator[StackedRow]:
        for index, instance in enumerate(self.data):
            yield StackedRow(self, instance, index)


class StackedRowsMixin:
    """For a view with such a table, before Wagtail's."""

    table_classname = "listing esc-listing esc-stack"

    @cached_property
    def table_class(self) -> type[Table]:
        plain = super().table_class  # type: ignore[misc]
        return type(plain.__name__, (StackedTableMixin, plain), {})
