"""`strangler retire`, the command that cannot be taken back, and `uphold`, which sees that it is not."""

import re
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from handover import retiring
from strangler import options, plans, quiet, report
from strangler.asking import planned
from strangler.attempt import attempt
from strangler.engine import foreseen
from strangler.errors import RefusedError
from strangler.moving import move, reached, say
from strangler.plan import Plan
from strangler.world import World

_out = Console(highlight=False)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[float]):
    """A number and a unit: 90s, 30m, 2h, 1d."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", str(value))
        if match is None:
            self.fail(f"{value!r} is no duration; write 90s, 30m, 2h or 1d", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command()
@options.seam
@click.option("--for", "quiet_s", type=Duration(), help="Watch so long that nobody uses the copy.")
@click.option("--yes-i-mean", "meant", metavar="SEAM", help="The seam's name, once more.")
@options.no_wait
@options.dry_run
@options.as_json
def retire(
    *,
    plan: Plan,
    quiet_s: float | None,
    meant: str | None,
    no_wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give up the monolith's copy for good: no way back. From cutover only.

    Proof of disuse, dump, removal; the fence stays. The stream to the monolith ends.
    """
    if quiet_s is not None:
        plan = plan.model_copy(update={"retire": plan.retire.lasting(quiet_s)})
    if dry_run:
        _show(plan, as_json=as_json)
        return
    _require_meant(plan.seam, meant)
    move(plan, "retire", goal=None, waits=not no_wait, dry_run=False, as_json=as_json)


@click.command()
@options.seams_folder
@options.dry_run
@options.as_json
def uphold(*, seams: Path, dry_run: bool, as_json: bool) -> None:
    """Take the monolith out of the gateway again where a seam has retired.

    The files name it until the code goes, and `kong_admin sync` puts it back.
    """
    document: dict[str, Any] = {"retired": [], "upstreams": []}
    for name in plans.names(seams):
        with reached(
            plans.load(name, folder=seams), as_json=as_json, again="strangler uphold"
        ) as world:
            if world.monolith.seam(name).stage == "retired":
                document["retired"].append(name)
                if world.plan.gateway is not None and not dry_run:
                    document["upstreams"] += attempt(world.routes.take_out_monolith, world)
    say(document, as_json=as_json)


def _require_meant(seam: str, meant: str | None) -> None:
    if meant is None and sys.stdin.isatty():
        meant = click.prompt(f"This cannot be undone. Type the seam's name ({seam})", err=True)
    if meant != seam:
        raise RefusedError(
            f"this cannot be undone, and {meant or 'nothing'!r} is not {seam!r}; look first: "
            f"strangler retire {seam} --dry-run; then: strangler retire {seam} --yes-i-mean {seam}"
        )


def _show(plan: Plan, *, as_json: bool) -> None:
    again = f"strangler retire {plan.seam} --dry-run"
    with reached(plan, as_json=as_json, again=again) as world:
        goal = attempt(lambda: foreseen(world, "retire", goal=None), world)
        document = planned(world, goal=goal, forward=True)
        document |= attempt(lambda: _present(world), world)
    if as_json:
        say(document, as_json=True)
    else:
        report.print_plan(_out, document)
        say({name: document[name] for name in ("watched", "dump", "tables")}, as_json=False)


def _present(world: World) -> dict[str, Any]:
    uses = retiring.uses(world.monolith, world.domain)
    return {
        "watched": f"{world.plan.retire.quiet_s:g} s",
        "dump": str((world.plan.retire.dumps / f"{world.domain}.dump").resolve()),
        "tables": {use.table: f"{use.bytes} bytes" for use in uses},
        "counters": quiet.counts(world),
    }
