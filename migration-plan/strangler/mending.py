"""The command that fills a gap: messages that the broker has lost are published again."""

import json
from collections.abc import Mapping

import click
from rich.console import Console

from handover.moves import HandoverError, require_one_epoch
from strangler import options
from strangler.attempt import attempt
from strangler.diagnosis import carrier
from strangler.errors import RefusedError
from strangler.facts import Side, other
from strangler.gather import gather
from strangler.moving import journaled, reached
from strangler.outcomes import print_outcome
from strangler.plan import Plan
from strangler.world import World, alone

_out = Console(highlight=False)


@click.command()
@options.seam
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="All that is kept: for a broker that lost what others had yet to hear.",
)
@options.dry_run
@options.as_json
def resend(*, plan: Plan, everything: bool, dry_run: bool, as_json: bool) -> None:
    """Publish again what the receiver has not applied; what it has it drops, so this is safe."""
    look, again = _missing, f"strangler resend {plan.seam}"
    if everything:
        look, again = _kept, f"{again} --all"
    with reached(plan, as_json=as_json, again=again) as world:
        if dry_run:
            document: Mapping[str, object] = attempt(lambda: look(world), world)
        else:
            with alone(world):
                document = journaled(world, "publish again", lambda: _resend(world, look(world)))
    if as_json:
        click.echo(json.dumps(document, default=str, indent=2))
    else:
        print_outcome(_out, document)


def _resend(world: World, missing: Mapping[str, object]) -> Mapping[str, object]:
    giver = world.hand("service" if missing["from"] == "service" else "monolith")
    since = int(str(missing["since"]))
    return {**missing, "messages": giver.resend_stream(world.domain, since_sequence=since)}


def _carrier(world: World) -> Side:
    """Who publishes; raises RefusedError when the other side could take an old token for a new one."""
    facts = gather(world)
    side = carrier(facts)
    try:
        require_one_epoch(world.hand(side), world.hand(other(side)), world.domain)
    except HandoverError as error:
        raise RefusedError(str(error)) from error
    # An owner may lack what the other side has said: while it owned, or to see whether that comes here.
    return other(side) if facts.side(side).lacks_a_message else side


def _kept(world: World) -> dict[str, object]:
    side = _carrier(world)
    row = (
        world.hand(side)
        .connection.execute(
            "SELECT coalesce(min(stream_sequence), 1) AS first, count(*) AS n FROM handover.outbox "
            "WHERE domain = %s AND stream_sequence IS NOT NULL",
            (world.domain,),
        )
        .fetchone()
    )
    return {"from": side, "since": row["first"] if row else 1, "messages": row["n"] if row else 0}


def _missing(world: World) -> dict[str, object]:
    side = _carrier(world)
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
            f"message {since} from the {side} is no longer kept; how to go on without it: "
            f"migration-plan/runbooks/restore.md"
        )
    return {"from": side, "since": since, "messages": row["n"] if row else 0}
