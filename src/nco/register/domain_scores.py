"""The text of domain scores (domeinscores): right answers of all items by category: getallen=12/20|verbanden=3/8."""

import re

_PARTS = re.compile("[=/]")


def split(cell: str) -> list[tuple[str, int, int]]:
    """Return name, right answers and items of every category in a text without a fault."""
    parts = (_PARTS.split(part) for part in cell.split("|"))
    return [(name, int(right), int(items)) for name, right, items in parts]
