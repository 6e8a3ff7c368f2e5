"""A table from text, as an editor types it or pastes it from a spreadsheet."""


def rows_of(text: str) -> list[list[str]]:
    """Cells are divided by tabs where a line has one, else by `|`. All rows come out equally long."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [cells for line in lines if not _is_rule(cells := _cells(line))]
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _cells(line: str) -> list[str]:
    divided = line.split("\t") if "\t" in line else line.strip().strip("|").split("|")
    return [cell.strip() for cell in divided]


def _is_rule(cells: list[str]) -> bool:
    """Markdown draws a line below its heading."""
    return all(cell and not cell.strip("-:") for cell in cells)
