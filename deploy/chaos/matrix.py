"""Runs the chosen cases one after the other; each result is kept at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from chaos.cases import Case
from chaos.results import STUCK, Observed, Results
from chaos.trial import Bench, run_case
from demo.errors import StoryError

# What a case took on two busy cores, until this run knows better.
USUAL_S = 30.0
# A shop that does not come back is not asked for ever.
STUCK_IN_A_ROW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Cases to run, and where to keep what was seen."""

    cases: Sequence[Case]
    results: Results
    bench: Bench

    def run(self, console: Console) -> list[Observed]:
        """Run all; raises StoryError when several in a row could not be brought to their end."""
        done: list[Observed] = []
        with _progress(console, len(self.cases)) as step:
            for case in self.cases:
                step(case.name, done)
                observed = run_case(case, self.bench)
                self.results.add(observed)
                done.append(observed)
                console.print(line_of(observed), highlight=False)
                if observed.verdict == STUCK:
                    self.bench.seams.forget()
                last = [one.verdict for one in done[-STUCK_IN_A_ROW:]]
                if last == [STUCK] * STUCK_IN_A_ROW:
                    cause = f"{STUCK_IN_A_ROW} cases in a row did not end: {observed.said}"
                    raise StoryError(
                        f"{cause}; see .run/chaos/shop/log, then run the same command again"
                    )
            step("", done)
        return done


def line_of(observed: Observed) -> str:
    """One case for the terminal."""
    wrongs = ", ".join(f"{name} {count}" for name, count in observed.wrongs.items() if count)
    typed = f", then {' '.join(observed.recovery)}" if observed.recovery else ""
    return (
        f"{observed.verdict:6} {observed.case.name}: {observed.said}{typed}; "
        f"{observed.failed} of {observed.requests} failed; {wrongs or 'ledger clean'}; "
        f"{observed.seconds:.0f} s"
    )


def estimate(count: int, done: Sequence[Observed]) -> timedelta:
    """How long so many more will take, by those that were run."""
    mean = sum(one.seconds for one in done) / len(done) if done else USUAL_S
    return timedelta(seconds=round(count * mean))


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[str, Sequence[Observed]], None]]:
    columns = (TextColumn("{task.fields[left]} left"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
        task = progress.add_task("", total=total, left=estimate(total, ()))

        def step(name: str, done: Sequence[Observed]) -> None:
            left = estimate(total - len(done), done)
            progress.update(task, completed=len(done), description=name, left=left)

        yield step
