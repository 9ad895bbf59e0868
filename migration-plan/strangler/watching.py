"""What people see while a run goes on: a line per effect on stderr, a bar for long work."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from strangler.ladder import Move
from strangler.question import Check


class Terminal:
    """A Watch that writes to stderr; bars only when it is a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("    {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def move(self, move: Move) -> None:
        """Name the move."""
        self._console.print(f"[bold]{move.label}[/bold]")

    def effect(self, name: str) -> None:
        """Show what is being done, where a line can be taken back."""
        self._clear()
        if self._console.is_terminal:
            self._tasks[name] = self._bars.add_task(name, total=None)

    def done(self, name: str, seconds: float, told: str) -> None:
        """Say what was done and what was found."""
        self._clear()
        rest = f"  [dim]{escape(told)}[/dim]" if told else ""
        self._console.print(f"  [green]+[/green] {name}  {seconds:.2f} s{rest}", soft_wrap=True)

    def progress(self, what: str, done: int, total: int) -> None:
        """Move a bar."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)

    def checks(self, checks: Sequence[Check]) -> None:
        """Show the checks that say no."""
        for check in checks:
            if not check.ok:
                text = f"{check.name}: {check.value} (limit {check.limit})"
                self._console.print(f"  [red]x[/red] {escape(text)}", soft_wrap=True)

    def _clear(self) -> None:
        for task in self._tasks.values():
            self._bars.remove_task(task)
        self._tasks.clear()
