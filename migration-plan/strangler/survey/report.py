"""What a survey found, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from strangler.survey.crossing import Crossing, Kind, number_of
from strangler.survey.findings import Findings

# As many rows as fit on a screen or two, and a word about the others.
_ROWS = 25


def print_report(console: Console, findings: Findings, *, in_full: bool) -> None:
    """The number, what it is made of, where it comes from, and what could leave first."""
    models = sum(used.models for used in findings.usage.values())
    console.print(
        f"[bold]{findings.number} to burn down[/bold]: {len(findings.apps)} apps, "
        f"{models} models, {findings.modules} modules"
    )
    if findings.choices.without:
        console.print(f"left out: {escape(', '.join(findings.choices.without))}")
    _print_kinds(console, findings)
    _print_pairs(console, findings, rows=None if in_full else _ROWS)
    _print_order(console, findings)
    _print_cycles(console, findings)
    _print_rest(console, findings, rows=None if in_full else 5)


def print_app(console: Console, findings: Findings, *, app: str) -> None:
    """Every crossing of one app, in both directions."""
    own = {pair: found for pair, found in findings.pairs().items() if app in pair}
    number = sum(number_of(found) for found in own.values())
    used = findings.usage[app]
    console.print(
        f"[bold]{escape(app)}: {number} of {findings.number} to burn down[/bold]; "
        f"{used.models} models, {used.reads} queries read them, {used.writes} write"
    )
    for (source, target), crossings in own.items():
        console.print(f"\n[bold]{escape(source)} -> {escape(target)}[/bold] {number_of(crossings)}")
        for kind in Kind:
            of_kind = [crossing for crossing in crossings if crossing.kind is kind]
            if of_kind:
                console.print(f"  {kind}, weight {kind.weight}; instead: {kind.remedy}")
            for crossing in of_kind:
                place = f"{crossing.file}:{crossing.line}"
                console.print(escape(f"    {place}  {crossing.detail}"), soft_wrap=True)


def _print_kinds(console: Console, findings: Findings) -> None:
    table = Table("kind", box=None, pad_edge=False)
    for name in ("places", "weight", "number"):
        table.add_column(name, justify="right")
    table.add_column("instead")
    for kind, places in findings.kinds().items():
        if places:
            number = places * kind.weight
            table.add_row(kind, str(places), str(kind.weight), str(number), kind.remedy)
    _titled(console, "What ties", table)


def _print_pairs(console: Console, findings: Findings, *, rows: int | None) -> None:
    table = Table("from", "to", "kind", box=None, pad_edge=False)
    table.add_column("places", justify="right")
    table.add_column("number", justify="right")
    table.add_column("for example", overflow="fold")
    lines = [
        (source, target, kind, of_kind)
        for (source, target), crossings in findings.pairs().items()
        for kind in sorted(Kind, key=lambda kind: -kind.weight)
        if (of_kind := [crossing for crossing in crossings if crossing.kind is kind])
    ]
    for source, target, kind, of_kind in lines[:rows]:
        number = str(number_of(of_kind))
        example = escape(_example(of_kind))
        table.add_row(escape(source), escape(target), kind, str(len(of_kind)), number, example)
    _titled(console, "Who needs whom, and where", table)
    _print_omitted(console, len(lines), rows=rows)


def _example(crossings: Sequence[Crossing]) -> str:
    first = crossings[0]
    return f"{first.file}:{first.line} {first.detail}"


def _print_order(console: Console, findings: Findings) -> None:
    table = Table("", "app", box=None, pad_edge=False)
    table.add_column("to cut", justify="right")
    table.add_column("why here", overflow="fold")
    for place, step in enumerate(findings.order, start=1):
        table.add_row(str(place), escape(step.app), str(step.number), escape(step.why))
    _titled(console, "What could leave, the cheapest next (after those above it have left)", table)
    stay = [app for app, used in findings.usage.items() if not used.models]
    if stay:
        console.print(escape(f"without tables, nothing to hand over: {', '.join(stay)}"))


def _print_cycles(console: Console, findings: Findings) -> None:
    for cycle in findings.cycles:
        source, target = cycle.thinnest
        console.print(
            escape(
                f"\ncycle of {len(cycle.apps)}: {', '.join(cycle.apps)}; "
                f"its thinnest link: {source} -> {target}, {cycle.number}"
            )
        )


def _print_rest(console: Console, findings: Findings, *, rows: int | None) -> None:
    if findings.outside:
        console.print("\n[bold]Outside of the apps, and knows several[/bold] (not in the number)")
        for one in findings.outside[:rows]:
            console.print(escape(f"{one.file}: {', '.join(one.apps)}"), soft_wrap=True)
        _print_omitted(console, len(findings.outside), rows=rows)
    if findings.skipped:
        console.print("\n[bold]Not read[/bold]")
        for skipped in findings.skipped:
            console.print(escape(f"{skipped.file}: {skipped.reason}"), soft_wrap=True)


def _print_omitted(console: Console, count: int, *, rows: int | None) -> None:
    if rows is not None and count > rows:
        console.print(f"... and {count - rows} more lines: --all, or --app NAME for one app")


def _titled(console: Console, title: str, table: Table) -> None:
    console.print(f"\n[bold]{title}[/bold]")
    console.print(table)
