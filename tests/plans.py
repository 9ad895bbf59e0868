"""What a query reads: whoever is asked again and again must not read all that there ever was."""

from typing import Any


def most_rows(node: dict[str, Any]) -> int:
    """The most rows that any part of an executed plan has read, with those that it then left out."""
    read: int = sum(node[name] for name in node if name == "Actual Rows" or "Removed by" in name)
    loops: int = node["Actual Loops"]
    return max(read * loops, *map(most_rows, node.get("Plans", ())), 0)
