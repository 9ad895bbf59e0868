"""Make the gateway equal to its files, and wait until it is so at the proxy."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kong_admin.client import KongAdmin
from kong_admin.consumers import Credential
from kong_admin.diff import SELECT_TAG, Change
from kong_admin.drift import Drift, drift
from kong_admin.entities import Plugin, Route, Target
from kong_admin.entity import Entity
from kong_admin.errors import UnusableInputError
from kong_admin.node import Node
from kong_admin.proxy import Live, Probe, Proxy, probe_for
from kong_admin.reading import read_state
from kong_admin.resource import Resource
from kong_admin.state import State

Progress = Callable[[Change, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """`live` is None when no proxy was given or nothing had to change; `missing` is what the
    files call optional and the gateway does not offer.
    """

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
    on_change: Progress = lambda *_: None,
) -> Synced:
    """Apply the diff. Deletes wait until what was added is live. Twice changes nothing more."""
    found = compare(admin, desired, select_tag=select_tag)
    refuse_what_cannot_be(found.node)
    changes = found.changes
    started = time.monotonic()
    probes, hidden = _probes(changes, proxy)
    for number, change in enumerate(additions := _unless_delete(changes), start=1):
        apply(admin, change)
        on_change(change, number, len(changes))
    applied = time.monotonic()
    waited = proxy.wait_until_matched(probes) if proxy else 0.0
    deleting = time.monotonic()
    for number, change in enumerate(changes[len(additions) :], start=len(additions) + 1):
        apply(admin, change)
        on_change(change, number, len(changes))
    observed = tuple(probe.route for probe in probes)
    live = Live(seconds=waited, observed=observed, unobservable=hidden)
    return Synced(
        changes=changes,
        missing=found.missing,
        seconds=(applied - started) + (time.monotonic() - deleting),
        live=live if proxy and changes else None,
    )


def refuse_what_cannot_be(node: Node) -> None:
    """Raise before anything changes if this gateway cannot be what the files ask for."""
    if not node.is_writable:
        raise UnusableInputError(
            "this Kong runs without a database and takes no single changes; "
            "point KONG_ADMIN_URL at a Kong with PostgreSQL"
        )


def apply(admin: KongAdmin, change: Change) -> None:
    """One change, by the call that may be repeated where Kong has one."""
    resource = _resource(admin, change.entity)
    if change.verb == "delete":
        resource.delete(_address(change.entity))
    elif change.verb == "update":
        fields = {
            difference.field: change.entity.field_json(difference.field)
            for difference in change.differences
        }
        # Absolute values and never the name: sending it twice ends in the same state.
        resource.patch(_address(change.live or change.entity), fields, idempotent=True)
    elif isinstance(change.entity, Target | Plugin | Credential):
        # PUT would not create a target, has no name to put a plugin under, and would take a
        # credential away from the consumer that has it.
        resource.create(change.entity)
    else:
        resource.put(_address(change.entity), change.entity)


def _resource(admin: KongAdmin, entity: Entity) -> Resource[Entity]:
    resource: object
    if isinstance(entity, Target):
        resource = admin.targets(str(entity.upstream))
    elif isinstance(entity, Credential):
        resource = admin.credentials(str(entity.consumer), type(entity))
    else:
        resource = getattr(admin, entity.collection)
    return resource  # type: ignore[return-value]  # the entity's own collection, by construction


def _address(entity: Entity) -> str:
    if isinstance(entity, Target):
        return entity.target
    # A key may look like an id, and a plugin has no name: what is live goes by its id.
    if isinstance(entity, Plugin | Credential):
        return entity.id or ""
    return entity.identity[0]


def _unless_delete(changes: Iterable[Change]) -> Sequence[Change]:
    return [change for change in changes if change.verb != "delete"]


def _probes(changes: Iterable[Change], proxy: Proxy | None) -> tuple[list[Probe], tuple[str, ...]]:
    """What to ask the proxy afterwards, and the routes that it cannot be asked about."""
    routes = [
        change.entity for change in _unless_delete(changes) if isinstance(change.entity, Route)
    ]
    probes = {route.identity[0]: probe_for(route) for route in routes}
    askable = [probe for probe in probes.values() if probe is not None]
    observable = proxy.unmatched(askable) if proxy else []
    shown = {probe.route for probe in observable}
    return observable, tuple(name for name in probes if name not in shown)
