"""audit: the log of who changed what, read back."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from kong_admin import options
from kong_admin.errors import UnusableInputError
from kong_admin.marker import MARKER_TAG
from kong_admin.printing import show

Entry = dict[str, Any]
_ENDS: tuple[str, ...] = ("status", "error")


@click.command()
@click.option(
    "--log",
    "path",
    envvar="KONG_AUDIT_LOG",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="The file that this client's writes are noted in.",
)
@click.option("--last", default=50, show_default=True, type=click.IntRange(min=1), help="So many.")
@click.option("--all", "everything", is_flag=True, help="Also the markers that sync waits by.")
@options.as_json
def audit(*, path: Path | None, last: int, everything: bool, as_json: bool) -> None:
    """Show who changed what at the gateway, when, and how it ended."""
    if path is None:
        raise UnusableInputError("no log: set KONG_AUDIT_LOG, for those who write and here")
    found = [entry for entry in joined(_lines(path)) if everything or not _is_marker(entry)][-last:]
    text = "\n".join(map(_line, found)) or "nothing was changed"
    show(text, {"entries": found}, as_json=as_json)


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """One entry for each write: what was intended, and the outcome ("open" where none came)."""
    writes: dict[str, Entry] = {}
    for entry in entries:
        if entry["phase"] == "intent":
            kept = {name: value for name, value in entry.items() if name != "phase"}
            writes[entry["id"]] = kept | {"outcome": "open"}
        elif entry["id"] in writes:
            end: Entry = {name: entry[name] for name in _ENDS if name in entry}
            writes[entry["id"]] |= {"outcome": entry["phase"], **end}
    return list(writes.values())


def _lines(path: Path) -> Iterator[Entry]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                # A power cut may leave half a line; it tells nothing.
                if line.endswith("\n"):
                    yield json.loads(line)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as unreadable:
        raise UnusableInputError(f"the audit log {path} cannot be read: {unreadable}") from None


def _is_marker(entry: Entry) -> bool:
    return MARKER_TAG in f"{entry['path']} {entry['body']}"


def _line(entry: Entry) -> str:
    body = json.dumps(entry["body"], ensure_ascii=False) if entry["body"] else ""
    end = entry.get("status") or entry.get("error") or ""
    words = (entry["at"], entry["actor"], f"[{entry['command']}]", entry["method"], entry["path"])
    return " ".join(filter(None, [*words, body, f"-> {entry['outcome']} {end}".rstrip()]))
