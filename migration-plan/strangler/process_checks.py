"""Checks on the processes, the gateway and the broker. Pure."""

from collections.abc import Mapping

from strangler.diagnosis import RUNBOOKS, START
from strangler.facts import SIDES, other
from strangler.question import Check, Question, outcome

_OWNING = {"cutover", "retired"}


def the_gateway_agrees_with_the_seam(q: Question) -> Check:
    """The weights are those of the position."""
    reads, writes = q.facts.reads_to_service, q.facts.writes_to_service
    wanted = (q.move.origin.weight, 100 if q.move.origin.owner == "service" else 0)
    ok = reads is not None and writes is not None and (round(reads), round(writes)) == wanted
    # Who asks for the canary gets it from the first step on.
    opted_in, all_or_none = q.facts.opted_in_to_service, 100 if wanted[0] else 0
    ok = ok and (opted_in is None or round(opted_in) == all_or_none)
    return outcome(
        the_gateway_agrees_with_the_seam,
        ok=ok,
        value="no answer" if reads is None else _shares(reads, writes, opted_in),
        limit=_shares(*wanted, None if opted_in is None else all_or_none),
        mend=(
            f"sync the gateway (python -m kong_admin sync); shares, which that leaves alone, are seen "
            f"and moved by: python -m kong_admin weights {q.seam}-read [TARGET=WEIGHT ...]; then: "
            f"strangler resume {q.seam}"
        ),
    )


def what_it_needs_stands_at_cutover(q: Question) -> Check:
    """The service asks other services, which must own what they are asked for."""
    wanting = {name: at for name, at in q.facts.needed.items() if at not in _OWNING}
    first = next(iter(wanting), q.seam)
    return outcome(
        what_it_needs_stands_at_cutover,
        ok=not wanting,
        value=_stages(wanting) or "all at cutover",
        limit="all at cutover",
        mend=f"move it first: strangler advance {first} --to cutover",
    )


def nothing_that_needs_it_has_left(q: Question) -> Check:
    """Whoever asks this service would ask in vain."""
    gone = {name: at for name, at in q.facts.needed_by.items() if at != "monolith"}
    first = next(iter(gone), q.seam)
    return outcome(
        nothing_that_needs_it_has_left,
        ok=not gone,
        value=_stages(gone) or "none has",
        limit="none has",
        mend=f"move it back first: strangler retreat {first} --to monolith",
    )


def _stages(seams: Mapping[str, str]) -> str:
    return ", ".join(f"{name} at {stage}" for name, stage in seams.items())


def requests_come_through_the_gateway(q: Question) -> Check:
    """The proxy answers: its Admin API may be up while it is not."""
    return outcome(
        requests_come_through_the_gateway,
        ok=q.facts.proxy_trouble is None,
        value=q.facts.proxy_trouble or "answered",
        limit="answered by one of the sides",
        mend=f"start the gateway's proxy ({START}) or read its log",
        comes_by_itself=True,
    )


def every_instance_is_ready(q: Question) -> Check:
    """All instances of the service answer /readyz."""
    troubles = [f"{url}: {trouble}" for url, trouble in q.facts.instances.items() if trouble]
    return outcome(
        every_instance_is_ready,
        ok=not troubles,
        value="; ".join(troubles) or f"{len(q.facts.instances)} ready",
        limit="all ready",
        mend="start the instance or read its log; one that is not to come back: kong_admin reap",
        comes_by_itself=True,
    )


def the_monolith_is_ready(q: Question) -> Check:
    """The monolith answers /readyz."""
    return outcome(
        the_monolith_is_ready,
        ok=q.facts.monolith_trouble is None,
        value=q.facts.monolith_trouble or "ready",
        limit="ready",
        mend=f"start the monolith ({START}) or read its log",
        comes_by_itself=True,
    )


def no_dead_letters_lie_in_the_stream(q: Question) -> Check:
    """Nothing was put aside."""
    count = q.facts.dead_letters
    return outcome(
        no_dead_letters_lie_in_the_stream,
        ok=count == 0,
        value="the broker does not answer" if count is None else f"{count} messages",
        limit="0 messages",
        mend=f"start the broker ({START})"
        if count is None
        else f"look at them: {RUNBOOKS}/dead-letters.md",
        comes_by_itself=count is None,
    )


def no_side_has_forgotten_what_it_sent(q: Question) -> Check:
    """Otherwise it gives numbers anew that the other side has seen, and drops unread."""
    ahead = {side: q.facts.side(side).ahead for side in SIDES}
    forgotten = [
        f"the {other(side)} has {count} messages of the {side} that it does not know"
        for side, count in ahead.items()
        if count
    ]
    return outcome(
        no_side_has_forgotten_what_it_sent,
        ok=not forgotten,
        value="; ".join(forgotten) or "none has",
        limit="none has",
        mend=f"a database was restored from a backup: {RUNBOOKS}/restore.md",
    )


def no_long_transaction_is_open(q: Question) -> Check:
    """The release would wait for it, and writers behind the release."""
    owner = q.move.origin.owner
    age_s = q.facts.side(owner).longest_transaction_s
    return outcome(
        no_long_transaction_is_open,
        # The release gives up after its lock timeout anyway: not seeing is no reason to refuse.
        ok=age_s is None or age_s <= q.limits.transaction_s,
        value="not visible: GRANT pg_read_all_stats TO strangler"
        if age_s is None
        else f"oldest {age_s:.1f} s",
        limit=f"{q.limits.transaction_s:g} s",
        mend=f"see pg_stat_activity in the {owner}'s database",
        comes_by_itself=True,
    )


def _shares(reads: float, writes: float | None, opted_in: float | None) -> str:
    named = {"reads": reads, "writes": writes, "opted-in reads": opted_in}
    return ", ".join(f"{what} {share:g} %" for what, share in named.items() if share is not None)
