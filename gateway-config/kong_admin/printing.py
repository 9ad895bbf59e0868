"""What a command answers: text for people, or one JSON document for programs; and how far it is."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from kong_admin.diff import Change
from kong_admin.sync import Progress


def show(text: str, facts: Mapping[str, Any], *, as_json: bool) -> None:
    """On stdout, whichever was asked for."""
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else text)


@contextmanager
def progress() -> Iterator[Progress]:
    """On stderr: a bar for a terminal, a line for each change where it is kept."""
    if not sys.stderr.isatty():
        yield _line
        return
    with ExitStack() as bars:
        yield _Bar(bars)


def _line(change: Change, number: int, total: int) -> None:
    click.echo(f"[{number}/{total}] {change}", err=True)


class _Bar:
    """Begins with the first change: before it nobody knows how many there are."""

    def __init__(self, bars: ExitStack) -> None:
        self._bars = bars
        self._bar: Any = None

    def __call__(self, change: Change, number: int, total: int) -> None:
        if self._bar is None:
            bar = click.progressbar(
                length=total, show_pos=True, item_show_func=_shown, file=sys.stderr
            )
            self._bar = self._bars.enter_context(bar)
        self._bar.update(number - self._bar.pos, change)


def _shown(change: Change | None) -> str:
    return str(change) if change else ""
