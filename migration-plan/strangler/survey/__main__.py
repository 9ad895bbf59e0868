"""`python -m strangler.survey PATH`: what ties the apps of a Django project together."""

import dataclasses
import functools
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from strangler.survey.drawing import dot, mermaid, put_into
from strangler.survey.files import SurveyError
from strangler.survey.findings import Findings, document, survey
from strangler.survey.report import print_app, print_report
from strangler.survey.settings import Choices, read_choices

ABOVE_LIMIT = 1
BAD_INPUT = 2
# Lines that name files are long; whoever reads them from a pipe has no width.
_WIDTH = 120

_names = functools.partial(click.option, multiple=True, metavar="NAME")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--app", metavar="NAME", help="Every crossing of this app, in both directions.")
@click.option("--all", "in_full", is_flag=True, help="All lines, not the heaviest only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--mermaid", "as_mermaid", is_flag=True, help="A picture for Markdown.")
@click.option("--dot", "as_dot", is_flag=True, help="A picture for Graphviz: ... | dot -Tsvg")
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put the Mermaid picture between the marks of this document.",
)
@click.option("--fail-above", type=click.IntRange(0), help="Exit code 1 when the number is higher.")
@_names("--without", help="Leave out an app that all stand on. Repeatable.")
@_names("--door", "doors", help="A module that others may import, beside seam.")
@_names("--atomic", help="What opens a transaction, beside atomic.")
def main(
    *,
    path: Path,
    app: str | None,
    in_full: bool,
    as_json: bool,
    as_mermaid: bool,
    as_dot: bool,
    into: Path | None,
    fail_above: int | None,
    **given: tuple[str, ...],
) -> int:
    """Draw how the apps of the Django project under PATH hold on to each other.

    Its code is parsed, never imported or run. Imports, foreign keys, joins, transactions, signals,
    the admin and commands that cross from app to app are counted, one place each, and weighed by
    what must be built to cut them. The sum is the number to burn down. Tests and migrations are
    not read.

    --without, --door and --atomic add to [tool.survey] in the project's pyproject.toml, where they
    are lists called without, doors and atomic.

    Exit codes: 0 done, 1 above --fail-above, 2 no project there or a bad option.
    """
    if as_json + as_mermaid + as_dot + bool(app) > 1:
        msg = "--json, --mermaid, --dot and --app show one thing each; name one of them."
        raise click.UsageError(msg)
    findings = survey(path, choices=_choices(path, given=given), watch=_watched)
    _refuse_unknown(app, findings=findings)
    if into is not None:
        put_into(into, mermaid(findings))
    _show(findings, app=app, in_full=in_full, text=_text(findings, as_json, as_mermaid, as_dot))
    if fail_above is not None and findings.number > fail_above:
        click.echo(f"survey: {findings.number} is above {fail_above}", err=True)
        return ABOVE_LIMIT
    return 0


def _choices(path: Path, *, given: dict[str, tuple[str, ...]]) -> Choices:
    written = read_choices(path)
    added = {name: getattr(written, name) + names for name, names in given.items()}
    return dataclasses.replace(written, **added)


def _refuse_unknown(app: str | None, *, findings: Findings) -> None:
    if app is not None and app not in findings.apps:
        msg = f"no app {app} here; there are {', '.join(findings.apps)}"
        raise SurveyError(msg)


def _text(findings: Findings, as_json: bool, as_mermaid: bool, as_dot: bool) -> str | None:  # noqa: FBT001
    if as_json:
        return json.dumps(document(findings), indent=2)
    if as_mermaid:
        return mermaid(findings)
    return dot(findings) if as_dot else None


def _show(findings: Findings, *, app: str | None, in_full: bool, text: str | None) -> None:
    if text is not None:
        click.echo(text)
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH, file=io.StringIO())
    if app is not None:
        print_app(console, findings, app=app)
    else:
        print_report(console, findings, in_full=in_full)
    if isinstance(console.file, io.StringIO):
        lines = console.file.getvalue().splitlines()
        click.echo("\n".join(line.rstrip() for line in lines))


def _watched(paths: Sequence[Path]) -> Iterable[Path]:
    aside = Console(stderr=True)
    return track(paths, "reading", console=aside, transient=True, disable=not aside.is_terminal)


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code; what goes wrong is one line."""
    try:
        name = "python -m strangler.survey"
        return int(main.main(arguments, prog_name=name, standalone_mode=False))
    except click.ClickException as misused:
        return _complain(f"{misused.format_message()} See --help.")
    except SurveyError as error:
        return _complain(str(error))


def _complain(text: str) -> int:
    click.echo(f"survey: {' '.join(text.split())}", err=True)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(run())
