"""What was found lately: by a reconcile, by trying the way back, and by whoever refused a token."""

from strangler.facts import Reconciled, Side, Tried
from strangler.journal import RECONCILE, START_CAPTURE, TRY_WAY, Entry
from strangler.world import World


def reconciled(world: World) -> Reconciled | None:
    """How the latest reconcile ended."""
    last = world.journal.last(RECONCILE, "done")
    if last is None:
        return None
    return Reconciled(
        age_s=world.journal.age_s(last),
        clean=bool(last.detail.get("clean")),
        is_of_this_stream=_is_of_this_stream(world, last),
    )


def tried(world: World) -> Tried | None:
    """When a message of the service last came to the monolith only to see whether it comes."""
    last = world.journal.last(TRY_WAY, "done")
    if last is None:
        return None
    return Tried(age_s=world.journal.age_s(last), is_of_this_stream=_is_of_this_stream(world, last))


def refused_epochs(world: World, side: Side) -> list[int]:
    """List the tokens that a side has refused because rows differ; a late one is refused as it should be."""
    refused = world.hand(side).refused_grants(world.domain)
    return [one["epoch"] for one in refused if one["reason"] == "digest differs"]


def _is_of_this_stream(world: World, entry: Entry) -> bool:
    started = world.journal.last(START_CAPTURE, "intent")
    return started is None or started.id < entry.id
