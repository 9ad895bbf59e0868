"""What a long run has found: in the terminal, as JSON, as a page and as a part of a document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chaos import document
from chaos.bounds import LIMITS
from chaos.gauges import OUTBOXES, QUEUES
from chaos.harm import harm_of
from chaos.soak import Event, Soaked
from chaos.soak_rows import GAUGES, MOVES, gauge_rows, growth_of, move_row
from demo.page import rendered
from demo.pictures import draw
from demo.steps import Step
from demo.timeline import slices
from loadtests.samples import Sample
from loadtests.summary import findings_lines, verdict_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A long run, and in which circumstances."""

    soaked: Soaked
    samples: Sequence[Sample]
    machine: Mapping[str, str]
    command: str
    load_average: tuple[float, float]

    @property
    def wrongs(self) -> list[str]:
        """Everything that must not be, a line each."""
        soaked = self.soaked
        killed = {event.victim for event in soaked.events}
        harm = [f"{n} {len(f)}" for n, f in harm_of(soaked.verdict, killed=killed).items()]
        grown = [
            f"{one.kind}, {one.name}: {growth_of(one)}"
            for one in soaked.gauges
            if not one.is_bounded
        ]
        rest = [
            f"{kind}, {name}: {value:.0f} when all had come to rest"
            for kind in (QUEUES, OUTBOXES)
            for name, value in soaked.at_rest.values.get(kind, {}).items()
            if value
        ]
        unread = [f"{kind}: never read often enough" for kind in LIMITS if not self._is_read(kind)]
        silent = [] if soaked.verdict.acknowledged else ["no write was acknowledged"]
        return [*filter(None, [soaked.error]), *silent, *harm, *grown, *rest, *unread]

    @property
    def facts(self) -> list[str]:
        """What there was of everything."""
        soaked, verdict = self.soaked, self.soaked.verdict
        kills = sum(event.struck_at is not None for event in soaked.events)
        low, high = sorted(self.load_average)
        return [
            f"{len(soaked.events)} moves of {len({e.order.seam for e in soaked.events})} seams",
            f"{kills} kills",
            f"a resume in {sum(bool(event.recovery) for event in soaked.events)} moves",
            f"{len(self.samples)} requests, {sum(not s.ok for s in self.samples)} failed",
            f"{verdict.acknowledged} writes acknowledged and judged",
            f"load average {low:.0f} at one end and {high:.0f} at the other",
        ]

    @property
    def minutes(self) -> float:
        return (self.soaked.ended - self.soaked.began) / 60

    def _is_read(self, kind: str) -> bool:
        return any(one.kind == kind for one in self.soaked.gauges)


def print_report(report: Report, console: Console) -> None:
    console.print(verdict_table(report.soaked.verdict))
    console.print(_terminal("What must not grow", GAUGES, gauge_rows(report.soaked.gauges)))
    for line in findings_lines(report.soaked.verdict):
        console.print(f"  {line}", markup=False)
    console.print("; ".join(report.facts), highlight=False)
    for wrong in report.wrongs:
        console.print(f"[bold red]{wrong}[/]")


def write_json(report: Report, path: Path) -> None:
    soaked = report.soaked
    found: dict[str, Any] = {
        "command": report.command,
        "machine": dict(report.machine),
        "began": soaked.began,
        "ended": soaked.ended,
        "clean": not report.wrongs,
        "wrongs": report.wrongs,
        "facts": report.facts,
        "verdict": {name: len(found) for name, found in soaked.verdict.wrongs.items()},
        "events": [asdict(event) for event in soaked.events],
        "gauges": [asdict(one) | {"is_bounded": one.is_bounded} for one in soaked.gauges],
        "readings": [asdict(reading) for reading in soaked.readings],
    }
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")


def write_page(report: Report, path: Path) -> None:
    # Draws, and what draws takes long to load.
    from chaos.soak_pictures import draw_gauges  # noqa: PLC0415

    soaked = report.soaked
    within = [s for s in report.samples if soaked.began <= s.at <= soaked.ended]
    text = rendered(
        "soak.html.j2",
        beside=Path(__file__).parent,
        command=report.command,
        minutes=report.minutes,
        wrongs=report.wrongs,
        facts=report.facts,
        load=draw(slices(within), [_step(e) for e in soaked.events], began=soaked.began),
        gauges=draw_gauges(
            soaked.readings,
            [event.struck_at for event in soaked.events if event.struck_at],
            began=soaked.began,
        ),
        tables=((GAUGES, gauge_rows(soaked.gauges)), (MOVES, list(map(move_row, soaked.events)))),
        verdict=soaked.verdict,
        findings=findings_lines(soaked.verdict),
        machine=report.machine,
    )
    path.write_text(text, encoding="utf-8")


def blocks(report: Report) -> dict[str, list[str]]:
    """The blocks of `soak.md`."""
    result = "; ".join(report.wrongs) or "clean"
    facts = [f"- `{report.command}`: {report.minutes:.0f} minutes, **{result}**."]
    facts += [f"- {fact}." for fact in report.facts]
    facts.append(f"- {document.told(report.machine)}.")
    return {
        "summary": facts,
        "gauges": list(document.table(GAUGES, gauge_rows(report.soaked.gauges))),
        "moves": list(document.table(MOVES, map(move_row, report.soaked.events))),
    }


def _step(event: Event) -> Step:
    return Step(
        seam=event.order.seam,
        source=event.origin,
        target=event.order.to,
        began=event.began,
        ended=event.ended,
    )


def _terminal(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in head:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    return table
