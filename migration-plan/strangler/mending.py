"""The command that fills a gap: messages that the broker has lost are published again."""

import json
from collections.abc import Mapping

import click
from rich.console import Console

from strangler import options
from strangler.attempt import attempt
from strangler.diagnosis import carrier
from strangler.errors import RefusedError
from strangler.facts import other
from strangler.gather import gather
from strangler.moving import journaled, reached
from strangler.outcomes import print_outcome
from strangler.plan import Plan
from strangler.world import World, alone

_out = Console(highlight=False)


@click.command()
@options.seam
@options.dry_run
@options.as_json
def resend(*, plan: Plan, dry_run: bool, as_json: bool) -> None:
    """Publish again what the receiver has not applied; what it has it drops, so this is safe."""
    with reached(plan, as_json=as_json) as world:
        if dry_run:
            document: Mapping[str, object] = attempt(lambda: _missing(world), world)
        else:
            with alone(world):
                document = journaled(world, "publish again", lambda: _resend(world))
    if as_json:
        click.echo(json.dumps(document, default=str, indent=2))
    else:
        print_outcome(_out, document)


def _resend(world: World) -> Mapping[str, object]:
    missing = _missing(world)
    giver = world.hand("service" if missing["from"] == "service" else "monolith")
    since = int(str(missing["since"]))
    return {**missing, "messages": giver.resend_stream(world.domain, since_sequence=since)}


def _missing(world: World) -> dict[str, object]:
    side = carrier(gather(world))
    giver, taker, domain = world.hand(side), world.hand(other(side)), world.domain
    since = taker.inbox_sequence(domain) + 1
    row = giver.connection.execute(
        "SELECT min(stream_sequence) AS first, count(*) AS n FROM handover.outbox "
        "WHERE domain = %s AND stream_sequence >= %s",
        (domain, since),
    ).fetchone()
    kept = row["first"] if row else None
    if since <= giver.stream_sequence(domain) and kept != since:
        raise RefusedError(
            f"message {since} of the {side} is no longer kept; how to go on without it: "
            f"migration-plan/runbooks/restore.md"
        )
    return {"from": side, "since": since, "messages": row["n"] if row else 0}
