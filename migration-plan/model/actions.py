"""Every step the world can take: the protocol's own, and the faults."""

from collections.abc import Callable
from dataclasses import dataclass

from model import applying, carrying, moving, writing
from model.bounds import Scope
from model.guards import Guards
from model.state import State
from model.writing import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A kind of step; a fault is one that the world may be spared while it settles."""

    name: str
    steps: Callable[[State, Scope, Guards], Steps]
    is_fault: bool = False


def _named(*functions: Callable[[State, Scope, Guards], Steps], fault: bool) -> tuple[Action, ...]:
    return tuple(Action(name=f.__name__, steps=f, is_fault=fault) for f in functions)


ACTIONS = (
    *_named(
        writing.begin,
        writing.commit,
        writing.replay,
        writing.read_rows,
        writing.send_rows,
        carrying.number,
        carrying.publish,
        carrying.mark,
        applying.apply,
        applying.drop,
        moving.release,
        moving.look,
        moving.burn,
        moving.retake,
        fault=False,
    ),
    *_named(
        writing.commit_unheard,
        writing.abandon,
        writing.tamper,
        carrying.relay_dies,
        carrying.lose,
        applying.apply_unacknowledged,
        moving.operator_dies,
        fault=True,
    ),
)
