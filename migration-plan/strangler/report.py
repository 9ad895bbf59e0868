"""Documents of the commands: built as JSON, printed for people from the same values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from handover.operator import Hand
from strangler.gather import gather


def status(hand: Hand, domain: str) -> dict[str, Any]:
    """Everything about one seam's present."""
    facts = gather(hand, domain)
    return {
        "seam": domain,
        "position": facts.stage,
        "owner": facts.owner,
        "epoch": facts.monolith.epoch,
        **{name: value for name, value in asdict(facts).items() if name != "stage"},
    }


def print_status(console: Console, document: Mapping[str, Any]) -> None:
    """A table of two columns."""
    table = Table(title=f"seam {document['seam']}", show_header=False, title_justify="left")
    table.add_row("position", f"[bold]{document['position']}[/bold]")
    table.add_row("writes", f"{document['owner'] or 'nobody'}, epoch {document['epoch']}")
    table.add_row("monolith", _side_line(document["monolith"]))
    table.add_row("stream", _stream_line(document))
    table.add_row("fence", f"on {len(document['fenced'])} tables")
    console.print(table)


def _side_line(side: Mapping[str, Any]) -> str:
    words = [side["mode"], f"epoch {side['epoch']}"]
    words.append("stream on" if side["capture"] else "stream off")
    words.append(f"relay {'works' if side['is_relay_at_work'] else 'is idle'}")
    return ", ".join(words)


def _stream_line(document: Mapping[str, Any]) -> str:
    return f"{document['recorded']} facts, {document['unpublished']} not published"
