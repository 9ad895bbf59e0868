"""The report in the terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from demo.outcome import Outcome
from demo.timeline import StepSummary
from loadtests.samples import Latency
from loadtests.summary import findings_lines, verdict_table

COLUMNS = ("seconds", "requests", "failed", "reads p50/95/99 ms", "writes p50/95/99 ms")


def print_report(outcome: Outcome, console: Console) -> None:
    console.print(_group(outcome))


def _group(outcome: Outcome) -> Group:
    parts: list[RenderableType] = [_steps_table(outcome), verdict_table(outcome.verdict)]
    parts += [Text(f"  {line}") for line in findings_lines(outcome.verdict)]
    parts.append(
        Text(
            f"{outcome.requests} requests, {outcome.failures} failed, "
            f"{outcome.retries} asked again; {outcome.facts} facts of orders published; "
            f"{outcome.effort}"
        )
    )
    return Group(*parts)


def _steps_table(outcome: Outcome) -> Table:
    table = Table(title="What happened", title_justify="left")
    table.add_column("step", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for summary in outcome.steps:
        table.add_row(*step_cells(summary))
    return table


def step_cells(summary: StepSummary) -> list[str]:
    """One row, for the terminal and for the page."""
    return [
        summary.step.title,
        f"{summary.step.duration_s:.1f}",
        str(summary.requests),
        str(summary.failures),
        _latency(summary.reads),
        _latency(summary.writes),
    ]


def _latency(latency: Latency | None) -> str:
    if latency is None:
        return "-"
    return f"{latency.p50:.0f}/{latency.p95:.0f}/{latency.p99:.0f}"
