"""What a check is asked, and what it answers. Pure.

A check says what it saw, what it demands, and what mends it. `strangler advance` itself waits for
or does what is marked as `comes_by_itself`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from strangler.facts import Facts
from strangler.ladder import Move
from strangler.plan import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one check."""

    name: str
    ok: bool
    value: str
    limit: str
    mend: str
    comes_by_itself: bool = False


class Question(NamedTuple):
    """What every check is given."""

    facts: Facts
    limits: Limits
    move: Move
    seam: str


CheckFunction = Callable[[Question], Check]


def outcome(
    function: CheckFunction,
    *,
    ok: bool,
    value: str,
    limit: str,
    mend: str,
    comes_by_itself: bool = False,
) -> Check:
    """Name a check after its function."""
    return Check(
        name=function.__name__.replace("_", " "),
        ok=ok,
        value=value,
        limit=limit,
        mend=mend,
        comes_by_itself=comes_by_itself and not ok,
    )
