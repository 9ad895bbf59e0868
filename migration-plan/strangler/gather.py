"""Finds out the facts that a preflight decides over."""

from functools import cache

import amqp
import httpx

from handover import retiring, topology, witness
from handover.active import APPLIER_LOCK, RELAY_LOCK
from handover.images import unlike_images
from handover.operator import Hand, lag
from handover.process import connect_broker
from kong_admin import KongAdminError
from strangler.errors import StranglerError
from strangler.facts import SIDES, Compared, Facts, Side, SideFacts, other
from strangler.gateway import Traffic
from strangler.journal import RECONCILE
from strangler.lately import reconciled, refused_epochs, tried
from strangler.plan import Plan
from strangler.plans import needed_by
from strangler.world import World

PROTOCOL_LOCK_SPACE = 4711
# Who answers may have begun anew since the last question.
_EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)


def gather(world: World) -> Facts:
    """Ask both sides, the gateway and the broker; what does not answer is a fact as well."""
    domain, plan = world.domain, world.plan
    seam = world.monolith.seam(domain)
    sides = {side: _side(world.hand(side), world.hand(other(side)), domain) for side in SIDES}
    giver: Side = "service" if sides["service"].mode == "OWNER" else "monolith"
    return Facts(
        stage=seam.stage,
        read_weight=seam.read_weight,
        monolith=sides["monolith"],
        service=sides["service"],
        lag_messages=lag(world.hand(giver), world.hand(other(giver)), domain).total,
        is_backfilled=is_backfilled(world),
        reconciled=reconciled(world),
        compared=compared(world),
        refused_tokens=_refused_tokens(world),
        dead_letters=_dead_letters(plan),
        needed={name: world.monolith.seam(name).stage for name in plan.needs},
        needed_by={name: world.monolith.seam(name).stage for name in needed_by(domain)},
        instances={url: trouble(url) for url in _instances(world)},
        monolith_trouble=trouble(plan.monolith_url),
        is_routed=world.gateway is not None,
        is_between=_is_between(world),
        unlike_images=unlike_images(world.monolith, world.service, domain),
        keys_from_elsewhere=tuple(retiring.keys_from_elsewhere(world.monolith, domain)),
        way_back=tried(world),
        proxy_trouble=_proxy_trouble(world),
        reads_to_service=_share(world, "reads"),
        writes_to_service=_share(world, "writes"),
        opted_in_to_service=_share(world, "opted-in reads"),
    )


def _proxy_trouble(world: World) -> str | None:
    probe = world.plan.probe
    if world.gateway is None or probe is None:
        return None
    answered_by = world.gateway.served_by()
    return None if answered_by in {probe.monolith, probe.service} else answered_by


def _is_between(world: World) -> bool:
    run = world.journal.latest_run()
    return bool(run and run.between)


def is_backfilled(world: World) -> bool:
    """Whether every entity's history was put into the stream, or the service made its own."""
    if world.service.ownership(world.domain).mode == "OWNER":
        return True
    progress = world.monolith.backfill_progress(world.domain)
    entities = world.monolith.entities(world.domain)
    return all(name in progress and progress[name]["finished_at"] for name in entities)


def _side(hand: Hand, receiver: Hand, domain: str) -> SideFacts:
    ownership = hand.ownership(domain)
    at_work = _locks_held(hand)
    refused = retiring.refusals(hand, domain)
    return SideFacts(
        mode=ownership.mode,
        epoch=ownership.epoch,
        capture=ownership.capture,
        longest_transaction_s=_longest_transaction_s(hand),
        is_relay_at_work=RELAY_LOCK in at_work,
        is_applier_at_work=APPLIER_LOCK in at_work,
        trouble=witness.inbox_trouble(hand, domain),
        ahead=_ahead(hand, receiver, domain),
        caught=refused.caught,
        late=refused.late,
        caught_now=tuple(str(session) for session in witness.caught(hand, domain)),
    )


def _ahead(sender: Hand, receiver: Hand, domain: str) -> int:
    # In this order: what is applied was numbered before.
    applied = receiver.inbox_sequence(domain)
    return max(0, applied - sender.stream_sequence(domain))


def _longest_transaction_s(hand: Hand) -> float | None:
    # To others pg_stat_activity shows sessions without their times, which would read as "none".
    row = hand.connection.execute(
        "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may_see"
    ).fetchone()
    return hand.longest_transaction_s() if row and row["may_see"] else None


def _locks_held(hand: Hand) -> set[int]:
    # Whoever works holds the lock; a process that answers /healthz may only be standing by.
    rows = hand.connection.execute(
        "SELECT objid::bigint AS lock FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND classid::bigint = %s AND objsubid = 2 AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        (PROTOCOL_LOCK_SPACE,),
    )
    return {row["lock"] for row in rows}


def compared(world: World) -> Compared:
    """Ask what shadow reads found."""
    return Compared.of_routes(world.monolith.comparisons(world.domain))


def _refused_tokens(world: World) -> int:
    # By their epochs and not by times, which two machines have told.
    last = world.journal.last(RECONCILE, "done")
    settled = last.detail.get("refused", {}) if last and last.detail.get("clean") else {}
    return sum(len(set(refused_epochs(world, side)) - set(settled.get(side, ()))) for side in SIDES)


def _dead_letters(plan: Plan) -> int | None:
    queues = [f"{topology.stream_queue(plan.seam, side)}.dead" for side in SIDES]
    try:
        with connect_broker(plan.broker) as broker:
            return sum(_depth(broker, queue) for queue in queues)
    except (OSError, amqp.exceptions.AMQPError):
        return None


def _depth(broker: amqp.Connection, queue: str) -> int:
    # A channel of its own: asking for a queue that is not there closes it.
    try:
        with broker.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
    except amqp.exceptions.NotFound:
        return 0


@cache
def _client() -> httpx.Client:
    # One for all: each that is made reads every authority that there is, 22 ms of a processor.
    return httpx.Client(timeout=2.0, trust_env=False, limits=_EACH_ITS_OWN)


def trouble(url: str) -> str | None:
    """What is wrong with a process, by its /readyz."""
    try:
        answer = _client().get(f"{url}/readyz")
    except httpx.TransportError as error:
        return f"no answer ({error or type(error).__name__})"
    return None if answer.is_success else f"{answer.status_code} {answer.text.strip()[:100]}"


def _instances(world: World) -> tuple[str, ...]:
    """Whoever the gateway would send requests to; those of the plan, where it knows of none."""
    if world.gateway is None:
        return world.plan.instances
    try:
        found = world.gateway.instances()
    except (KongAdminError, StranglerError):
        found = ()
    return tuple(f"http://{address}" for address in found) or world.plan.instances


def _share(world: World, traffic: Traffic) -> float | None:
    if world.gateway is None:
        return None
    try:
        return world.gateway.share(traffic)
    except (KongAdminError, StranglerError):
        return None
