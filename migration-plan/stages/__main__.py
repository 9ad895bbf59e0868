"""`python -m stages`: list the stages of the history, make their tags, try them, make a new series."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from stages import check, manifest, series, standing, tags, trees
from stages.errors import StagesError
from stages.git import Git
from stages.trees import Branches

FAILED = 1
REFUSED = 2
INTERRUPTED = 130
ROOT = Path(__file__).resolve().parents[2]
_aside = Console(stderr=True, highlight=False)
_root = click.option("--root", type=click.Path(path_type=Path), default=ROOT, hidden=True)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of lines.")
_dry = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Go through the stages of the history: 00-monolith, 01-gateway, ... as git tags.

    Exit codes: 0 done, 1 a stage that was tried failed, 2 refused and nothing was changed.
    """


@cli.command("list")
@_root
@_json
def list_stages(*, root: Path, as_json: bool) -> None:
    """Show the stages in order: what each adds, and its commit in the last series."""
    found = manifest.load(root)
    last = found.series[-1] if found.series else found.next_series()
    commits = found.commits.get(last, {})
    if as_json:
        described = [
            stage.model_dump() | {"tag": f"{last}/{stage.name}", "commit": commits.get(stage.name)}
            for stage in found.stages
        ]
        click.echo(json.dumps({"series": last, "stages": described}, indent=2))
        return
    for stage in found.stages:
        commit = commits.get(stage.name)
        click.echo(f"{last}/{stage.name:<18} {commit[:12] if commit else '-':<12} {stage.title}")


@cli.command("tags")
@_root
@_dry
@_json
def make_tags(*, root: Path, dry_run: bool, as_json: bool) -> None:
    """Make the tags that the manifest names; none is ever moved."""
    found, git = manifest.load(root), Git(root)
    if not found.series:
        msg = "no series has been assembled yet; make series DRY_RUN=1 says what is missing"
        raise StagesError(msg)
    plan = tags.missing(found, git=git)
    if not dry_run:
        tags.make(plan.to_make, manifest=found, git=git)
    if as_json:
        made, there = ([tag.name for tag in some] for some in (plan.to_make, plan.there))
        click.echo(json.dumps({"made": made, "there": there, "dry_run": dry_run}, indent=2))
        return
    for tag in plan.to_make:
        click.echo(f"{'+' if not dry_run else 'would make'} {tag.name} {tag.commit[:12]}")
    click.echo(f"{len(plan.to_make)} to make, {len(plan.there)} there already")


@cli.command("check")
@_root
@_json
@click.argument("names", metavar="[TAG]...", nargs=-1)
@click.option("--all", "all_tags", is_flag=True, help="Every tag of the last series.")
@click.option(
    "--step", "steps", multiple=True, type=click.Choice(check.STEPS), help="Only these steps."
)
def check_stages(
    *, root: Path, as_json: bool, names: tuple[str, ...], all_tags: bool, steps: tuple[str, ...]
) -> int:
    """Clone each TAG (or any other revision) afresh: make setup, make test, its document, make demo.

    The document's step types what the stage's document says. A stage's bare name, 04-catalog, is
    its tag in the last series.
    """
    git = Git(root)
    tried = []
    for name, commit in _wanted(names, all_tags=all_tags, git=git).items():
        for one in check.check(
            name, commit=commit, git=git, steps=steps or check.STEPS, watch=_watch
        ):
            tried.append(one)
            if not as_json:
                _print(one)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in tried], indent=2))
    return 0 if all(one.passed for one in tried) else FAILED


@cli.command("series")
@_root
@_dry
@_json
@click.option("--main", default="main", show_default=True, help="The branch others stand on.")
@click.option("--back", default="back", show_default=True, help="The branch that goes back.")
@click.option("--ahead", default="retired", show_default=True, help="The branch that goes on.")
def make_series(
    *, root: Path, dry_run: bool, as_json: bool, main: str, back: str, ahead: str
) -> None:
    """Prepare the next series, from main and what stands on it, as a branch that main can move to.

    Main has the tree of the last stage that is not marked `after_main`. The stages before it are
    on the branch back, and those after it, if there are any, on the branch ahead.
    """
    found, git = manifest.load(root), Git(root)
    branches = Branches(main=main, back=back, ahead=ahead)
    standing.stand_on_main(branches, manifest=found, git=git, dry_run=dry_run)
    ends = trees.endings(found, branches=branches, git=git)
    name, changes = found.next_series(), series.changed_stages(ends, manifest=found, git=git)
    commits, branch = {end.stage: end.commit for end in ends}, None
    if not dry_run:
        tip = git.required(main, hint="it was there a moment ago")
        made = series.assemble(ends, manifest=found, series=name, main=tip, git=git)
        commits, branch = made.commits, made.branch
    if as_json:
        origins = {end.stage: end.branch for end in ends}
        said = {"series": name, "changes": changes, "commits": commits, "from": origins}
        click.echo(json.dumps(said | {"branch": branch}, indent=2))
        return
    for end in ends:
        line = f"{name}/{end.stage:<18} {commits[end.stage][:12]} {end.branch:<8}"
        click.echo(f"{line} {changes[end.stage] or 'new'}")
    if branch:
        tried = " ".join(commits[end.stage][:12] for end in ends)
        click.echo(f"now: python -m stages check {tried}")
        click.echo(f"then: git merge --ff-only {branch}, make tags")


def _wanted(names: Sequence[str], *, all_tags: bool, git: Git) -> dict[str, str]:
    found = manifest.load(git.root)
    last = {tag.stage: tag.name for tag in found.tags(found.series[-1])} if found.series else {}
    names = list(last.values()) if all_tags else [last.get(name, name) for name in names]
    if not names:
        raise StagesError("name a tag, or make a series first; python -m stages list shows them")
    hint = "make tags makes the tags of the manifest"
    return {name: git.required(name, hint=hint) for name in names}


def _watch(stage: str, step: str) -> None:
    _aside.print(f"{stage}: {step}", style="dim")


def _print(one: check.Tried) -> None:
    click.echo(f"{'ok    ' if one.passed else 'FAILED'} {one.stage} {one.step} {one.seconds:.1f} s")
    if one.nothing:
        click.echo("nothing was typed: no slow test of tests/docs/test_stages.py is of this stage")
    if not one.passed:
        click.echo(f"{one.said}\nall of it: {one.log}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what goes wrong becomes one line and the exit code."""
    # As Ctrl-C, so that a stage that is being tried is stopped, too.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(cli.main(arguments, prog_name="stages", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        click.echo(no_arguments.ctx.get_help(), err=True)
    except click.ClickException as misused:
        click.echo(f"stages: {misused.format_message()} See --help.", err=True)
    except StagesError as error:
        click.echo(f"stages: {error}", err=True)
    except click.Abort:
        click.echo("stages: stopped", err=True)
        return INTERRUPTED
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
