"""What stands still, why, and what to type: for whoever looks at a seam at night. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.facts import SIDES, Facts, Side, other

START = "python -m stack up"
RUNBOOKS = "migration-plan/runbooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be, and the command that mends it or shows more."""

    what: str
    type: str

    def __str__(self) -> str:
        return f"{self.what}: {self.type}"


_NO_BROKER = Finding(what="the broker does not answer", type=START)


def diagnose(facts: Facts, *, seam: str) -> tuple[Finding, ...]:
    """Find what stands still, the most urgent first."""
    return tuple(
        finding
        for found in (_ownership, _streams, _appliers, _broker, _gateway, _reads, _caught)
        for finding in found(facts, seam)
    )


def obstacles(facts: Facts, *, giver: Side, seam: str) -> tuple[Finding, ...]:
    """Find what keeps the messages of a side from being applied at the other, whoever owns."""
    if facts.dead_letters is None:
        # Then nobody who waits for it is at work.
        return (_NO_BROKER,)
    return (*_idle(facts, giver=giver), *_applier(facts, other(giver), seam))


def carrier(facts: Facts) -> Side:
    """Name the side whose stream matters: the owner's, or that which carries the token."""
    if facts.owner:
        return facts.owner
    released: list[Side] = [side for side in SIDES if facts.side(side).mode == "RELEASED"]
    return max(released or SIDES, key=lambda side: facts.side(side).epoch)


def _ownership(facts: Facts, seam: str) -> Iterator[Finding]:
    resume = f"strangler resume {seam}"
    modes = {facts.monolith.mode, facts.service.mode}
    if modes == {"OWNER"}:
        what = "both sides own the writes, as after a restore from a backup"
        yield Finding(what=what, type=f"read {RUNBOOKS}/restore.md")
    elif "OWNER" not in modes:
        giver = carrier(facts)
        token, taker = facts.side(giver).epoch, facts.side(other(giver))
        if "RELEASED" not in modes:
            what = f"nobody owns, and no token travels ({' and '.join(sorted(modes))})"
            yield Finding(what=what, type=f"read {RUNBOOKS}/stuck.md")
        elif taker.mode == "BURNED" and taker.epoch > token:
            yield Finding(what=f"token {token} was burned and not yet taken back", type=resume)
        else:
            yield Finding(what=f"token {token} travels to the {other(giver)}", type=resume)
    elif facts.owner != facts.owner_by_stage and facts.stage != "retired":
        what = f"the {facts.owner} owns, and the seam is placed at {facts.stage}"
        yield Finding(what=what, type=resume)


def _streams(facts: Facts, _: str) -> Iterator[Finding]:
    giver = carrier(facts)
    if facts.side(giver).capture and facts.stage != "retired":
        yield from _idle(facts, giver=giver)
    for side in SIDES:
        if facts.side(side).ahead > 0:
            what = (
                f"the {other(side)} has applied {facts.side(side).ahead} messages that the "
                f"{side}'s stream does not know, as after a restore from a backup"
            )
            yield Finding(what=what, type=f"read {RUNBOOKS}/restore.md")


def _idle(facts: Facts, *, giver: Side) -> Iterator[Finding]:
    for who in facts.idle(giver=giver):
        yield Finding(what=f"{who} is not at work", type=START)


def _appliers(facts: Facts, seam: str) -> Iterator[Finding]:
    for side in SIDES:
        yield from _applier(facts, side, seam)


def _applier(facts: Facts, side: Side, seam: str) -> Iterator[Finding]:
    found = facts.side(side)
    if found.trouble:
        mend = f"read {RUNBOOKS}/stuck.md"
        if found.lacks_a_message:
            mend = f"strangler resend {seam}"
        yield Finding(what=f"the {side}'s applier stands still ({found.trouble})", type=mend)


def _broker(facts: Facts, _: str) -> Iterator[Finding]:
    if facts.dead_letters is None:
        yield _NO_BROKER
    elif facts.dead_letters:
        what = f"{facts.dead_letters} messages were put aside"
        yield Finding(what=what, type=f"read {RUNBOOKS}/dead-letters.md")


def _gateway(facts: Facts, seam: str) -> Iterator[Finding]:
    if facts.is_routed and facts.writes_to_service is None:
        yield Finding(what="the gateway's Admin API does not answer", type=START)
    elif facts.owner and facts.writes_to_service is not None:
        wanted = 100 if facts.owner == "service" else 0
        if round(facts.writes_to_service) != wanted:
            what = (
                f"the {facts.owner} owns, and the gateway sends "
                f"{facts.writes_to_service:g} % of the writes to the service"
            )
            yield Finding(what=what, type=f"strangler resume {seam}")


def _reads(facts: Facts, seam: str) -> Iterator[Finding]:
    opted_in = 100 if facts.read_weight else 0
    shares = (
        ("reads", "read", facts.reads_to_service, facts.read_weight),
        ("opted-in reads", "opt-in", facts.opted_in_to_service, opted_in),
    )
    for traffic, upstream, found, wanted in shares:
        if found is not None and round(found) != wanted:
            what = (
                f"the seam is placed at {facts.stage} with {wanted} % of the {traffic} at the "
                f"service, and the gateway sends {found:g} %"
            )
            # A half-done move is finished; what somebody set by hand is seen, and set, by hand.
            by_hand = f"python -m kong_admin weights {seam}-{upstream}"
            yield Finding(
                what=what, type=f"strangler resume {seam}" if facts.is_between else by_hand
            )


def _caught(facts: Facts, _: str) -> Iterator[Finding]:
    for side in SIDES:
        if sessions := facts.side(side).caught_now:
            what = f"the {side} refused writes of {', '.join(sessions)}"
            yield Finding(what=what, type=f"read {RUNBOOKS}/rogue-writer.md")
