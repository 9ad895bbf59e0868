"""Watch at the proxy how changes come into force.

By a marker (see `marker`) where one would answer, which shows every change. Else by the new routes
themselves, as far as they are observable (see `proxy`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kong_admin.diff import Change
from kong_admin.entities import Route
from kong_admin.marker import can_be_seen, marker
from kong_admin.node import Node
from kong_admin.proxy import Probe, Proxy, probe_for
from kong_admin.state import State
from kong_admin.writers import Writer

# A worker takes in all of its routes at once, so the last ones speak for those before them.
_MOST_PROBES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How long the proxy took after the Admin API's last answer. `by_marker`: every change was
    seen. Otherwise `observed` are the routes that showed it.
    """

    seconds: float
    by_marker: bool = False
    observed: tuple[str, ...] = ()
    unobservable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How one set of changes can be seen; decided before they are made."""

    by_marker: bool = False
    probes: tuple[Probe, ...] = ()
    unobservable: tuple[str, ...] = ()


class Watch:
    """One proxy, for one sync."""

    def __init__(self, writer: Writer, proxy: Proxy, *, node: Node, select_tag: str) -> None:
        self._writer = writer
        self._proxy = proxy
        self._node = node
        self._select_tag = select_tag

    def before(self, changes: Iterable[Change], state: State) -> Sight:
        """Look at the proxy before the changes lead to `state`."""
        if can_be_seen(state, self._node):
            return Sight(by_marker=True)
        routes = [
            change.entity
            for change in changes
            if change.verb != "delete" and isinstance(change.entity, Route)
        ][-_MOST_PROBES:]
        askable = [probe for probe in map(probe_for, routes) if probe is not None]
        probes = tuple(self._proxy.unmatched(askable))
        shown = {probe.route for probe in probes}
        hidden = tuple(name for route in routes if (name := route.identity[0]) not in shown)
        return Sight(probes=probes, unobservable=hidden)

    def wait(self, sight: Sight) -> Live:
        """Return when they are in force, or raise NotLiveError."""
        if sight.by_marker:
            with marker(self._writer, select_tag=self._select_tag) as probe:
                return Live(seconds=self._proxy.wait_until_matched([probe]), by_marker=True)
        return Live(
            seconds=self._proxy.wait_until_matched(sight.probes),
            observed=tuple(probe.route for probe in sight.probes),
            unobservable=sight.unobservable,
        )


def combined(lives: Iterable[Live]) -> Live | None:
    """Several waits as one."""
    if not (lives := tuple(lives)):
        return None
    return Live(
        seconds=sum(live.seconds for live in lives),
        by_marker=all(live.by_marker for live in lives),
        observed=tuple(name for live in lives for name in live.observed),
        unobservable=tuple(name for live in lives for name in live.unobservable),
    )
