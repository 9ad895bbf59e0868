"""The commands that change something: advance, retreat, resume, backfill."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
from rich.console import Console

from strangler import copying, engine, options, report
from strangler.asking import planned
from strangler.attempt import attempt
from strangler.engine import Verb
from strangler.errors import FailedError, RefusedError
from strangler.outcomes import print_outcome
from strangler.plan import Plan
from strangler.watching import Terminal
from strangler.world import Unwatched, World, alone, reach

_out = Console(highlight=False)


@click.command()
@options.seam
@options.to_position
@options.no_wait
@options.dry_run
@options.as_json
def advance(*, plan: Plan, goal: str | None, no_wait: bool, dry_run: bool, as_json: bool) -> None:
    """Move a seam one position forward, or to the position named."""
    move(plan, "advance", goal=goal, waits=not no_wait, dry_run=dry_run, as_json=as_json)


@click.command()
@options.seam
@options.to_position
@options.no_wait
@options.dry_run
@options.as_json
def retreat(*, plan: Plan, goal: str | None, no_wait: bool, dry_run: bool, as_json: bool) -> None:
    """Move a seam one position back, or to the position named. Nothing written is lost."""
    move(plan, "retreat", goal=goal, waits=not no_wait, dry_run=dry_run, as_json=as_json)


@click.command()
@options.seam
@options.to_position
@options.dry_run
@options.as_json
def resume(*, plan: Plan, goal: str | None, dry_run: bool, as_json: bool) -> None:
    """Go on with a run that was cut off or failed; --to goes elsewhere, back for example."""
    move(plan, "resume", goal=goal, waits=True, dry_run=dry_run, as_json=as_json)


@click.command()
@options.seam
@options.dry_run
@options.as_json
def backfill(*, plan: Plan, dry_run: bool, as_json: bool) -> None:
    """Put history into the change stream, from where a former run stopped."""
    with reached(plan, as_json=as_json, again=f"strangler backfill {plan.seam}") as world:
        if dry_run:
            document = attempt(lambda: _rows_left(world), world)
        else:
            with alone(world):
                attempt(lambda: _require_stream(world), world)
                document = journaled(world, "copy history", lambda: copying.backfill(world))
    say(document, as_json=as_json)


def move(
    plan: Plan, verb: Verb, *, goal: str | None, waits: bool, dry_run: bool, as_json: bool
) -> None:
    """Make the moves of a command, or say what they would be."""
    with reached(plan, as_json=as_json, waits=waits) as world:
        if dry_run:
            document = attempt(lambda: engine.foreseen(world, verb, goal=goal), world)
            shown = planned(
                world, goal=document, forward=verb != "retreat", resumes=verb == "resume"
            )
            _print(shown, as_json=as_json)
            return
        result = attempt(lambda: engine.run(world, verb, goal=goal), world)
    if as_json:
        click.echo(json.dumps(result.to_json()))
    elif result.ok:
        _out.print(f"{plan.seam} stands at [bold]{result.goal}[/bold]")
    if result.error:
        result.error.is_told = as_json
        raise result.error


@contextmanager
def reached(
    plan: Plan, *, as_json: bool, waits: bool = True, again: str | None = None
) -> Iterator[World]:
    """Connect, and tell people what happens unless a program reads."""
    if as_json:
        with reach(plan, watch=Unwatched(), waits=waits, again=again) as world:
            yield world
        return
    with Terminal() as watch, reach(plan, watch=watch, waits=waits, again=again) as world:
        yield world


def journaled(
    world: World, step: str, act: Callable[[], Mapping[str, object]]
) -> Mapping[str, object]:
    """Do one thing outside of a run, and write down that it was meant and how it ended."""
    run_id = uuid.uuid4()
    attempt(lambda: world.journal.note(run_id, step, "intent"), world)
    try:
        detail = attempt(act, world)
    except (FailedError, RefusedError) as error:
        message = str(error)
        attempt(lambda: world.journal.note(run_id, step, "failed", error=message), world)
        raise
    attempt(lambda: world.journal.note(run_id, step, "done", **detail), world)
    return detail


def _require_stream(world: World) -> None:
    # Starting the stream empties the replica: what was copied before it would be copied again.
    if not world.monolith.ownership(world.domain).capture:
        raise RefusedError(
            f"the change stream of {world.domain} is off; this starts it and copies history: "
            f"strangler advance {world.domain}"
        )


def _rows_left(world: World) -> Mapping[str, object]:
    progress = world.monolith.backfill_progress(world.domain)
    return {
        entity: {
            "rows": world.monolith.row_count(world.domain, entity),
            "copied": progress[entity]["row_count"] if entity in progress else 0,
        }
        for entity in world.monolith.entities(world.domain)
    }


def _print(document: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, default=str, indent=2))
    else:
        report.print_plan(_out, document)


def say(document: Mapping[str, object], *, as_json: bool) -> None:
    """Print an outcome."""
    if as_json:
        click.echo(json.dumps(document, default=str, indent=2))
    else:
        print_outcome(_out, document)
