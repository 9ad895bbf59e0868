"""The summary as a Markdown page that can be committed as it is."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.compare.reading import sentences
from loadtests.compare.subjects import ROLES
from loadtests.compare.summary import Summary
from loadtests.compare.table import Table
from loadtests.compare.tables import tables


def written(summary: Summary, *, name: str, has_work: bool) -> str:
    """The whole page; pictures lie beside it as `<name>-curves.svg` and `<name>-work.svg`."""
    return "\n".join(_lines(summary, name=name, has_work=has_work)) + "\n"


def _lines(summary: Summary, *, name: str, has_work: bool) -> Iterator[str]:
    header, plan = summary.header, summary.header.plan
    yield f"# {plan.before.name} and {plan.after.name} under the same load"
    yield ""
    yield f"Made on {header.began_at[:10]} by"
    yield from ("", "```sh", header.command, "```", "")
    yield f"on {_machine(summary)}. {_how(summary)}"
    yield ""
    yield "Every threshold is met." if summary.is_met else "**A threshold is missed.**"
    yield from ("", "## What the numbers say", "")
    yield from (f"- {line}" for line in sentences(summary))
    if summary.doubts:
        yield from ("", "## What to know before believing them", "")
        yield from (f"- {line}." for line in summary.doubts)
    yield from ("", f"![What was answered, how long it took, what it cost]({name}-curves.svg)")
    if has_work:
        yield from (
            "",
            f"![Whose processors work, and which requests take longer]({name}-work.svg)",
        )
    for table in tables(summary):
        yield from _table(table)


def _machine(summary: Summary) -> str:
    return ", ".join(f"{what} {value}" for what, value in summary.header.machine.items())


def _how(summary: Summary) -> str:
    load, sizes = summary.header.plan.load, summary.header.sizes
    shop = ", ".join(f"{count} {what}" for what, count in sizes.items())
    commits = ", ".join(
        f"{role} {summary.stood[role].commit[:12]}" for role in ROLES if role in summary.stood
    )
    return (
        f"{load.runs} run{'s' * (load.runs > 1)} of each in turns ({commits}), {load.warm_up_s:g} s warm-up, levels of"
        f" {load.seconds:g} s; a shop with {shop}. Visits come when they are due, and their time counts"
        " from there."
    )


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.title}", "", table.note, "")
    yield f"| {' | '.join(table.columns)} |"
    yield f"|---|{'--:|' * (len(table.columns) - 1)}"
    for row in table.rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
