"""The command that compares both sides: once, or again and again at a low cost."""

import json
import time
from collections.abc import Mapping

import click

from handover.process import Standing, stop_on_signals
from strangler import copying, options
from strangler.attempt import attempt
from strangler.errors import RefusedError, StranglerError
from strangler.journal import RECONCILE
from strangler.moving import journaled, reached, say
from strangler.plan import Plan
from strangler.world import Unwatched, World, alone, reach

# Of the time at most this share is spent on comparing, however large the tables.
SHARE = 0.05


@click.command()
@options.seam
@click.option("--repair", is_flag=True, help="Send the rows that differ again, then look again.")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Compare again and again, until SIGTERM; at most 5 % of the time, so maybe more seldom.",
)
@options.dry_run
@options.as_json
@click.pass_context
def reconcile(
    context: click.Context,
    *,
    plan: Plan,
    repair: bool,
    every_s: float | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Compare both sides, range by range, then row by row. Exit code 1 when rows differ."""
    if every_s is not None:
        if repair or dry_run:
            raise click.UsageError("--every only looks: leave out --repair and --dry-run")
        context.exit(0 if keep_comparing(plan, every_s=every_s, as_json=as_json) else 1)
    again = f"strangler reconcile {plan.seam}{' --repair' if repair else ''}"
    with reached(plan, as_json=as_json, again=again) as world:
        document = journaled(world, RECONCILE, lambda: _compare(world))
        if repair and not dry_run and not document["clean"]:
            with alone(world):
                journaled(world, "send rows again", lambda: _repair(world))
                document = journaled(world, RECONCILE, lambda: _compare(world))
    say(document, as_json=as_json)
    context.exit(0 if document["clean"] else 1)


def keep_comparing(plan: Plan, *, every_s: float, as_json: bool) -> bool:
    """Compare, wait, and so on until SIGTERM or SIGINT; whether the last comparison was clean.

    What keeps one from happening (a database is away, a token in flight, a stream that is off) is told,
    and looked at again.
    """
    standing, clean = Standing(), False
    stop_on_signals(standing)
    while not standing.stop.is_set():
        began = time.monotonic()
        try:
            clean = _once(plan, as_json=as_json)
        except StranglerError as error:
            click.echo(f"strangler: {error}", err=True)
        took_s = time.monotonic() - began
        # Rows that differ are looked at for seconds, which costs next to nothing.
        standing.stop.wait(max(every_s, took_s / SHARE - took_s) if clean else every_s)
    return clean


def _once(plan: Plan, *, as_json: bool) -> bool:
    with reach(plan, watch=Unwatched(), again=f"strangler reconcile {plan.seam}") as world:
        attempt(lambda: _require_a_copy(world), world)
        detail = journaled(world, RECONCILE, lambda: _compare(world))
    if as_json:
        click.echo(json.dumps(detail, default=str))
    else:
        how = "clean" if detail["clean"] else f"rows differ: strangler reconcile {plan.seam}"
        click.echo(f"{time.strftime('%H:%M:%S')} {plan.seam}: {how}, {detail['seconds']} s")
    return bool(detail["clean"])


def _compare(world: World) -> Mapping[str, object]:
    return copying.report_detail(world, copying.compare(world))


def _repair(world: World) -> Mapping[str, object]:
    return {"sent": copying.repair(world, copying.compare(world))}


def _require_a_copy(world: World) -> None:
    owner, _ = copying.owner_and_replica(world)
    if not world.hand(owner).ownership(world.domain).capture:
        raise RefusedError(f"the change stream of {world.domain} is off: there is no copy")
