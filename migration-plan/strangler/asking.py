"""The commands that change nothing: status, plan, preflight, journal."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from strangler import options, plans, report
from strangler.attempt import attempt
from strangler.effects import effects_of
from strangler.errors import PlanError
from strangler.gather import gather
from strangler.ladder import Move
from strangler.plan import Plan
from strangler.preflight import preflight
from strangler.world import Unwatched, World, reach

_out = Console(highlight=False)


@click.command()
@click.argument("seam", required=False)
@options.seams_folder
@options.as_json
def status(*, seam: str | None, seams: Path, as_json: bool) -> None:
    """Show where a seam stands, or all of them: owner, epoch, gateway, lag, unfinished runs."""
    documents = []
    names = [seam] if seam else plans.names(seams)
    if not names:
        raise PlanError(f"there is no plan of a seam in {seams}")
    for name in names:
        again = f"strangler status {name}"
        with reach(plans.load(name, folder=seams), watch=Unwatched(), again=again) as world:
            documents.append(attempt(lambda world=world: report.status(world), world))  # type: ignore[misc]
    if as_json:
        _print_json(documents[0] if seam else documents)
    else:
        for document in documents:
            report.print_status(_out, document)


@click.command(name="plan")
@options.seam
@options.to_position
@options.as_json
def plan_command(*, plan: Plan, goal: str | None, as_json: bool) -> None:
    """Show what `advance` would do: effects in order, checks with value and limit, the pause."""
    again = f"strangler plan {plan.seam}{f' --to {goal}' if goal else ''}"
    with reach(plan, watch=Unwatched(), again=again) as world:
        document = planned(world, goal=goal, forward=True)
    if as_json:
        _print_json(document)
    else:
        report.print_plan(_out, document)


@click.command(name="preflight")
@options.seam
@options.as_json
@click.pass_context
def preflight_command(context: click.Context, *, plan: Plan, as_json: bool) -> None:
    """Run the checks of the next move. Exit code 2 when one says no."""
    with reach(plan, watch=Unwatched(), again=f"strangler preflight {plan.seam}") as world:
        document = planned(world, goal=None, forward=True)
    if as_json:
        _print_json({name: document[name] for name in ("seam", "ok", "unfinished", "checks")})
    else:
        report.print_checks(_out, document["checks"])
        report.print_unfinished(_out, document)
    context.exit(0 if document["ok"] else 2)


@click.command()
@options.seam
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many rows, the latest.",
)
@options.as_json
def journal(*, plan: Plan, limit: int, as_json: bool) -> None:
    """Show what runs intended and how it ended, oldest first."""
    with reach(plan, watch=Unwatched(), again=f"strangler journal {plan.seam}") as world:
        entries = attempt(lambda: world.journal.entries(limit=limit), world)
    if as_json:
        _print_json([report.entry_json(entry) for entry in entries])
    else:
        report.print_journal(_out, entries)


def planned(
    world: World, *, goal: str | None, forward: bool, resumes: bool = False
) -> dict[str, Any]:
    """What a run would do, as a document."""
    return attempt(lambda: _planned(world, goal=goal, forward=forward, resumes=resumes), world)


def _planned(world: World, *, goal: str | None, forward: bool, resumes: bool) -> dict[str, Any]:
    standing, latest = world.standing(), world.journal.latest_run()
    ladder = world.ladder
    target = ladder.named(goal) if goal else ladder.neighbor(standing, forward=forward)
    moves = ladder.route(standing, target)
    checks = preflight(gather(world), plan=world.plan, move=moves[0]) if moves else ()
    unfinished = latest.summary if latest and latest.is_unfinished and not resumes else None
    return {
        "seam": world.domain,
        "from": standing.name,
        "to": target.name,
        # What comes by itself, the run waits for.
        "ok": not unfinished and all(check.ok or check.comes_by_itself for check in checks),
        "unfinished": unfinished,
        "checks": [report.check_json(check) for check in checks],
        "moves": [_move_json(move) for move in moves],
        "pause_ms": report.pause_estimate(world.journal.pauses_ms())
        if any(move.changes_owner for move in moves)
        else None,
    }


def _move_json(move: Move) -> dict[str, Any]:
    return {
        "from": move.origin.name,
        "to": move.goal.name,
        "effects": [
            {"name": effect.name, "changes": effect.changes} for effect in effects_of(move)
        ],
    }


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, default=str, indent=2))
