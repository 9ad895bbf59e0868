"""Tells what came out: a page with pictures, a summary to be committed, lines for a terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadtests.compare import markdown, pictures
from loadtests.compare.reading import sentences
from loadtests.compare.results import Results
from loadtests.compare.summary import Summary, summarize
from loadtests.compare.tables import tables
from loadtests.compare.thresholds import Thresholds

HERE = Path(__file__).parent
MET, MISSED = 0, 1


def report(
    results: Results, *, page: Path | None, as_json: bool, thresholds: Thresholds | None = None
) -> int:
    """Write all pages and print the verdict; returns the exit code."""
    summary = summarize(results, thresholds=thresholds)
    write(summary, results.folder / "report")
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        write(summary, page.with_suffix(""), with_page=False)
    if as_json:
        click.echo(json.dumps({"met": summary.is_met, **asdict(summary)}, indent=2))
    else:
        for line in sentences(summary):
            click.echo(f"- {line}")
        for doubt in summary.doubts:
            click.echo(f"  doubt: {doubt}")
        click.echo(f"with pictures: {results.folder / 'report.html'}")
    return MET if summary.is_met else MISSED


def write(summary: Summary, stem: Path, *, with_page: bool = True) -> None:
    """`<stem>.md` with its pictures and numbers beside it; and one page that has everything."""
    curves, work = _drawn(summary)
    stem.with_name(f"{stem.name}-curves.svg").write_text(curves, encoding="utf-8")
    if work:
        stem.with_name(f"{stem.name}-work.svg").write_text(work, encoding="utf-8")
    numbers = json.dumps({"met": summary.is_met, **asdict(summary)}, indent=1)
    stem.with_suffix(".json").write_text(numbers + "\n", encoding="utf-8")
    text = markdown.written(summary, name=stem.name, has_work=bool(work))
    stem.with_suffix(".md").write_text(text, encoding="utf-8")
    if with_page:
        page = _page(summary, curves=curves, work=work)
        stem.with_suffix(".html").write_text(page, encoding="utf-8")


def _drawn(summary: Summary) -> tuple[str, str]:
    names = [*summary.header.plan.names.values()]
    work = "" if summary.together is None else pictures.work(summary.together, names=names)
    return pictures.curves(summary), work


def _page(summary: Summary, *, curves: str, work: str) -> str:
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    return templates.get_template("page.html.j2").render(
        header=summary.header,
        before=summary.header.plan.before.name,
        after=summary.header.plan.after.name,
        met=summary.is_met,
        sentences=list(sentences(summary)),
        doubts=summary.doubts,
        tables=list(tables(summary)),
        curves=curves,
        work=work,
    )
