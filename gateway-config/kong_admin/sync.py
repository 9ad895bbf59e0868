"""Make the gateway equal to its files, and wait until it is so at the proxy."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kong_admin.changed import after
from kong_admin.client import KongAdmin
from kong_admin.diff import SELECT_TAG, Change
from kong_admin.drift import Drift, drift
from kong_admin.entity import Entity
from kong_admin.health import wait_for_replacements
from kong_admin.node import Node
from kong_admin.proxy import Patience, Proxy
from kong_admin.reading import read_state
from kong_admin.state import State
from kong_admin.watch import Live, Watch, combined
from kong_admin.writers import Writer, writer_for

Progress = Callable[[Change, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """`live` is None when no proxy was given or nothing had to change; `missing` is what the
    files call optional and the gateway does not offer.
    """

    node: Node
    changes: tuple[Change, ...]
    missing: tuple[Entity, ...] = ()
    seconds: float
    live: Live | None = None


def compare(admin: KongAdmin, desired: State, *, select_tag: str = SELECT_TAG) -> Drift:
    """Read the gateway and tell what `sync` would do."""
    node = admin.ping()
    return drift(desired=desired, live=read_state(admin), node=node, select_tag=select_tag)


def sync(
    admin: KongAdmin,
    desired: State,
    *,
    select_tag: str = SELECT_TAG,
    proxy: Proxy | None = None,
    patience: Patience | None = None,
    on_change: Progress = lambda *_: None,
    parallel: int | None = None,
) -> Synced:
    """Apply the diff, up to `parallel` calls at once (else what the node takes). What retires
    waits until what was added is live and healthy. Twice changes nothing more.
    """
    found = compare(admin, desired, select_tag=select_tag)
    writer = writer_for(admin, node=found.node, live=found.live, parallel=parallel)
    run = _Run(writer, found, proxy=proxy, select_tag=select_tag, on_change=on_change)
    retiring = [change for change in found.changes if change.is_retiring]
    # Nothing to add may mean that a sync before this one did not live to see it in force.
    run.make([change for change in found.changes if not change.is_retiring], also=bool(retiring))
    wait_for_replacements(
        admin,
        found.changes,
        after=after(found.live, found.changes),
        patience=patience or Patience(),
    )
    run.make(retiring)
    return run.outcome()


class _Run:
    """One sync: how long writing took, how long the proxy took, and what it showed."""

    def __init__(
        self,
        writer: Writer,
        found: Drift,
        *,
        proxy: Proxy | None,
        select_tag: str,
        on_change: Progress,
    ) -> None:
        self._found = found
        self._on_change = on_change
        self._writer = writer
        self._watch = (
            Watch(self._writer, proxy, node=found.node, select_tag=select_tag) if proxy else None
        )
        self._state = found.live
        self._told = 0
        self._seconds = 0.0
        self._lives: list[Live] = []

    def make(self, changes: Sequence[Change], *, also: bool = False) -> None:
        """Write these and wait until they are live; `also` when there are none."""
        if not (changes or also):
            return
        self._state = after(self._state, changes)
        sight = self._watch.before(changes, self._state) if self._watch else None
        started = time.monotonic()
        self._writer.write(changes, self._tell)
        self._seconds += time.monotonic() - started
        if self._watch and sight:
            self._lives.append(self._watch.wait(sight))

    def outcome(self) -> Synced:
        """What came of it."""
        return Synced(
            node=self._found.node,
            changes=self._found.changes,
            missing=self._found.missing,
            seconds=self._seconds,
            live=combined(self._lives),
        )

    def _tell(self, change: Change) -> None:
        self._told += 1
        self._on_change(change, self._told, len(self._found.changes))
