"""Every step the world can take, and the code it stands for: the protocol's own, and the faults."""

from collections.abc import Callable
from dataclasses import dataclass

from model import applying, carrying, moving, writing
from model.bounds import Scope
from model.guards import Guards
from model.places import (
    APPLY,
    CONFIRMS,
    CONSUMER,
    FENCE_SQL,
    GRANT,
    HISTORY_SQL,
    MOVES,
    ONCE,
    RECORD,
    RELAY,
    RELEASE_SQL,
    STREAM_SQL,
    WRITES,
)
from model.state import State
from model.writing import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A kind of step; a fault is one that the world may be spared while it settles.

    `places` name the code that takes the step or, for a fault, is hit by it.
    """

    steps: Callable[[State, Scope, Guards], Steps]
    places: tuple[str, ...]
    is_fault: bool = False

    @property
    def name(self) -> str:
        """The name of the function; in TLA+ the same in capitals."""
        return self.steps.__name__

    @property
    def says(self) -> str:
        """What happens, in a sentence."""
        return (self.steps.__doc__ or "").partition("\n")[0].strip()


def _step(steps: Callable[[State, Scope, Guards], Steps], *places: str) -> Action:
    return Action(steps=steps, places=places)


def _fault(steps: Callable[[State, Scope, Guards], Steps], *places: str) -> Action:
    return Action(steps=steps, places=places, is_fault=True)


_CARRY = f"{RELAY}:Relay.carry"
_OPERATOR = f"{MOVES}:hand_over"
_COMMIT = (f"{WRITES}:_attempt", f"{RECORD}:recorded", f"{STREAM_SQL}:handover.record")
_COPY = (f"{HISTORY_SQL}:handover.snapshot_chunk", f"{STREAM_SQL}:handover.resend_rows")

ACTIONS = (
    _step(writing.begin, f"{FENCE_SQL}:handover.enter", f"{RECORD}:_enter", f"{WRITES}:_enter"),
    _step(writing.commit, *_COMMIT),
    _step(writing.replay, f"{WRITES}:recorded", f"{ONCE}:answered"),
    _step(writing.read_rows, *_COPY),
    _step(writing.send_rows, *_COPY),
    _step(carrying.number, f"{RELAY}:NUMBER", _CARRY),
    _step(carrying.publish, f"{RELAY}:Relay._publish", _CARRY),
    _step(carrying.mark, f"{RELAY}:_MARK", _CARRY, f"{CONFIRMS}:ConfirmWindow.wait"),
    _step(carrying.resend, f"{STREAM_SQL}:handover.resend_stream"),
    _step(applying.apply, f"{APPLY}:DomainApplier.apply", f"{GRANT}:accept"),
    _step(applying.drop, f"{APPLY}:_next_in_order", f"{CONSUMER}:Consumer._acknowledge"),
    _step(moving.release, f"{RELEASE_SQL}:handover.release", f"{MOVES}:_release"),
    _step(moving.look, _OPERATOR),
    _step(moving.burn, f"{MOVES}:_reclaim", f"{RELEASE_SQL}:handover.burn"),
    _step(moving.retake, f"{MOVES}:_reclaim", f"{RELEASE_SQL}:handover.retake"),
    _fault(writing.commit_unheard, *_COMMIT),
    _fault(writing.abandon, *_COMMIT),
    _fault(writing.tamper, f"{FENCE_SQL}:handover.guard"),
    _fault(carrying.relay_dies, _CARRY),
    _fault(carrying.lose, f"{CONFIRMS}:NotConfirmedError", _CARRY),
    _fault(carrying.wipe, f"{CONSUMER}:Consumer._mind_gap"),
    _fault(applying.apply_unacknowledged, f"{CONSUMER}:Consumer._acknowledge"),
    _fault(moving.operator_dies, _OPERATOR),
)
