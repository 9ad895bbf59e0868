"""The report in the terminal."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from demo.outcome import Outcome
from demo.timeline import StepSummary
from loadtests.samples import Latency
from loadtests.summary import findings_lines, verdict_table

COLUMNS = (
    "seconds",
    "requests",
    "failed",
    "monolith p50/95/99 ms",
    "service p50/95/99 ms",
    "write pause ms",
    "writes' longest ms (before)",
    "writes' p99 ms (before)",
)


def print_report(outcome: Outcome, console: Console) -> None:
    console.print(_group(outcome))


def _group(outcome: Outcome) -> Group:
    parts: list[RenderableType] = [_steps_table(outcome), verdict_table(outcome.verdict)]
    parts += [Text(f"  {line}") for line in findings_lines(outcome.verdict)]
    parts.append(
        Text(
            f"{outcome.requests} requests, {outcome.failures} failed, "
            f"{outcome.retries} asked again; {outcome.effort}"
        )
    )
    return Group(*parts)


def _steps_table(outcome: Outcome) -> Table:
    table = Table(title=f"Steps of {outcome.seam}", title_justify="left")
    table.add_column("step", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for summary in outcome.steps:
        table.add_row(*step_cells(summary))
    return table


def step_cells(summary: StepSummary) -> list[str]:
    """One row, for the terminal and for the page."""
    step, writes = summary.step, summary.writes
    return [
        step.title if step.ok else f"{step.title} FAILED",
        f"{step.duration_s:.1f}",
        str(summary.requests),
        str(summary.failures),
        _latency(summary.monolith),
        _latency(summary.service),
        "-" if step.pause_ms is None else f"{step.pause_ms:.0f}",
        "-" if writes is None else f"{writes.longest:.0f} ({writes.longest_before:.0f})",
        "-" if writes is None else f"{writes.p99:.0f} ({writes.p99_before:.0f})",
    ]


def _latency(latency: Latency | None) -> str:
    if latency is None:
        return "-"
    return f"{latency.p50:.0f}/{latency.p95:.0f}/{latency.p99:.0f}"
