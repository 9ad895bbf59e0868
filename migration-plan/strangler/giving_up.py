"""The acts of a retirement, each of which may be repeated."""

import time
from collections.abc import Callable

import amqp
import psycopg

from handover import retiring, topology
from handover.backoff import delays
from handover.operator import Hand
from handover.process import connect_broker
from strangler.acts import POLL_S, Detail
from strangler.errors import FailedError, UnreachableError
from strangler.gather import trouble
from strangler.world import World


def is_reversible(world: World) -> bool:
    """Whether the stream has not been ended yet."""
    found = retiring.retirement(world.monolith, world.domain)
    return found is None or found.ended_at is None


def stop_following(world: World) -> Detail:
    """Have the monolith's applier leave the stream in its queue: what it does would look like use."""
    began = retiring.begin(world.monolith, world.domain)
    queue = topology.stream_queue(world.domain, "monolith")
    deadline = time.monotonic() + world.plan.patience.checks_s
    while _consumers(world, queue):
        if time.monotonic() >= deadline:
            raise FailedError(
                f"the monolith's applier still follows {queue}; read its log, then: "
                f"strangler resume {world.domain}"
            )
        time.sleep(POLL_S)
    return {"began": began}


def follow_again(world: World) -> Detail:
    """Take the retirement back."""
    if not retiring.forget(world.monolith, world.domain):
        raise FailedError(
            f"the stream of {world.domain} has ended, and the monolith's copy is old; there is no "
            f"way back: strangler resume {world.domain}"
        )
    return {}


def end_the_stream(world: World) -> Detail:
    """Let nobody listen for the monolith any more. From here on there is no way back."""
    # The monolith first: by its row `is_reversible` decides, and a service that follows no more must not
    # be the copy again.
    retiring.end_stream(world.monolith, world.domain)
    retiring.end_stream(world.service, world.domain)
    queue = topology.stream_queue(world.domain, "monolith")
    left = 0
    for name in (queue, f"{queue}.dead"):
        left += _on_a_channel(world, lambda c, name=name: c.queue_delete(name))  # type: ignore[misc]
    return {"unread": left, "sequence": world.monolith.inbox_sequence(world.domain)}


def set_aside(world: World) -> Detail:
    """Put what answers with a reason where the tables were."""
    return {"tables": _when_there_is_room(world, retiring.set_aside)}


def drop(world: World) -> Detail:
    """Drop the tables."""
    return {"tables": _when_there_is_room(world, retiring.drop_aside)}


def take_out_of_the_gateway(world: World) -> Detail:
    """Leave the instances of the service as the only targets of the seam's upstreams."""
    return {"upstreams": list(world.routes.take_out_monolith())}


def see_ready(world: World) -> Detail:
    """Look whether the monolith bears it, while its tables are only aside."""
    deadline = time.monotonic() + world.plan.patience.checks_s
    while found := trouble(world.plan.monolith_url):
        if time.monotonic() >= deadline:
            raise FailedError(
                f"the monolith is not ready ({found}) since the tables of {world.domain} are aside, "
                f"in schema retired_{world.domain}; read its log, then: "
                f"strangler resume {world.domain}"
            )
        time.sleep(POLL_S)
    return {}


def _when_there_is_room(world: World, act: Callable[..., int]) -> int:
    limits, waits = world.plan.handover, delays(first_s=0.05, last_s=1.0)
    hand: Hand = world.monolith
    for _ in range(limits.tries):
        try:
            return act(hand, world.domain, lock_timeout_ms=limits.lock_timeout_ms)
        except psycopg.errors.LockNotAvailable:
            time.sleep(next(waits))
    raise FailedError(
        f"sessions that hold a table of {world.domain} left no room in {limits.tries} tries; look "
        f"into pg_stat_activity of the monolith's database, then: strangler resume {world.domain}"
    )


def _consumers(world: World, queue: str) -> int:
    return _on_a_channel(world, lambda c: c.queue_declare(queue, passive=True).consumer_count)


def _on_a_channel(world: World, act: Callable[[amqp.Channel], int | None]) -> int:
    """Ask about a queue; one that is not there has nothing."""
    try:
        with connect_broker(world.plan.broker) as broker, broker.channel() as channel:
            return int(act(channel) or 0)
    except amqp.exceptions.NotFound:
        return 0
    except (OSError, amqp.exceptions.AMQPError) as error:
        raise UnreachableError(
            f"the broker does not answer ({error or type(error).__name__}); start it "
            f"(python -m stack up), then: strangler resume {world.domain}"
        ) from error
