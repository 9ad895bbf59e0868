"""What a run looked like, as tables for a terminal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from rich.table import Table

from loadtests.files import RunFiles
from loadtests.samples import Latency, Sample
from loadtests.verdict import Verdict

FINDINGS_SHOWN = 5


def requests_table(samples: Iterable[Sample], *, title: str = "Requests") -> Table:
    by_name: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_name[sample.name].append(sample)
        by_name["all"].append(sample)
    total = by_name.pop("all", [])
    table = Table(title=title, title_justify="left")
    table.add_column("request")
    columns = ("count", "failed", "retried", "p50 ms", "p95 ms", "p99 ms", "longest ms", "share")
    for column in columns:
        table.add_column(column, justify="right")
    for name in sorted(by_name):
        table.add_row(name, *_numbers(by_name[name]), _share(by_name[name], total))
    table.add_section()
    table.add_row("all", *_numbers(total), _share(total, total))
    return table


def _share(samples: list[Sample], total: list[Sample]) -> str:
    """How much of all waiting was for this: what to make faster first."""
    waited = sum(sample.latency_ms for sample in total)
    return f"{sum(sample.latency_ms for sample in samples) / waited:.0%}" if waited else "-"


def _numbers(samples: list[Sample]) -> list[str]:
    failed = sum(not sample.ok for sample in samples)
    retried = sum(sample.attempts - 1 for sample in samples)
    latency = Latency.of(samples)
    if latency is None:
        return ["0", "0", "0", "-", "-", "-", "-"]
    times = (latency.p50, latency.p95, latency.p99, latency.longest)
    return [str(latency.count), str(failed), str(retried), *(f"{time:.0f}" for time in times)]


def verdict_table(verdict: Verdict) -> Table:
    table = Table(title="The ledger's verdict", title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("count", justify="right")
    table.add_row("writes asked for", str(verdict.intents))
    table.add_row("acknowledged", str(verdict.acknowledged))
    table.add_row("in a domain that nobody was asked about, not judged", str(verdict.unjudged))
    table.add_row("unknown, resolved by asking again", str(verdict.unknown_resolved))
    table.add_row("unknown, cut off or never answered", str(verdict.unknown_unresolved))
    table.add_section()
    for name, findings in verdict.wrongs.items():
        style = "bold red" if findings else "green"
        table.add_row(name, f"[{style}]{len(findings)}[/]")
    return table


def findings_lines(verdict: Verdict) -> list[str]:
    """The first few findings of each kind, to begin looking with."""
    return [
        f"{name}: {finding.key}: {finding.detail}"
        for name, findings in verdict.wrongs.items()
        for finding in findings[:FINDINGS_SHOWN]
    ]


def effort_line(files: RunFiles) -> str:
    """How busy the generator was: above 0.8 of a core, it may have been the limit itself."""
    if not files.generator.exists():
        return "generator: no record of its effort"
    share = json.loads(files.generator.read_text())["share_of_a_core"]
    return f"generator: {share:.0%} of one core"
