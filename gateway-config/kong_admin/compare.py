"""When is what Kong answers the same as what a file declares? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not as declared."""

    field: str
    desired: Any
    live: Any


def agrees(desired: Any, live: Any, *, whole: bool = False) -> bool:
    """Is `live` what `desired` asks for? At the top level of an entity Kong's lists are sets.
    `whole`: what `live` has and `desired` has not is a difference too, as in a route's headers.
    """
    if isinstance(desired, tuple) and isinstance(live, tuple):
        return sorted(desired) == sorted(live)
    if whole and isinstance(desired, Mapping) and isinstance(live, Mapping):
        return desired.keys() == live.keys() and _within(desired, live)
    return _within(desired, live)


def _within(desired: Any, live: Any) -> bool:
    # Kong fills nested records (health checks, plugin configuration) with defaults of its own, so
    # a record agrees when it holds what is declared; what else it holds is Kong's business.
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        return all(_within(value, live.get(name)) for name, value in desired.items())
    if isinstance(desired, list | tuple) and isinstance(live, list | tuple):
        return len(desired) == len(live) and all(map(_within, desired, live))
    return bool(desired == live)
