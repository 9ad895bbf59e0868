"""Carry changes to a gateway: a call for each, or as one configuration where it takes nothing else."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import groupby
from typing import Protocol

from kong_admin.changed import after, configuration
from kong_admin.client import KongAdmin
from kong_admin.consumers import Credential
from kong_admin.diff import Change
from kong_admin.entities import Plugin, Target
from kong_admin.entity import Entity
from kong_admin.node import Node
from kong_admin.resource import Resource, hiding
from kong_admin.state import State

Told = Callable[[Change], None]


def _untold(_: Change) -> None:
    """Nobody asked."""


class Writer(Protocol):
    """Makes changes, in the order they come, and tells of each."""

    def write(self, changes: Iterable[Change], told: Told = _untold) -> None:
        """All of them."""
        ...


def writer_for(admin: KongAdmin, *, node: Node, live: State, parallel: int | None = None) -> Writer:
    """The writer that this gateway needs."""
    if not node.is_writable:
        return AsAWhole(admin, live)
    return OneByOne(admin, parallel=parallel or node.calls_at_once)


class OneByOne:
    """For a gateway with a database: a call for each change."""

    def __init__(self, admin: KongAdmin, *, parallel: int) -> None:
        self._admin = admin
        self._parallel = parallel

    def write(self, changes: Iterable[Change], told: Told = _untold) -> None:
        """Changes of one turn at once, turn after turn. After a failure nothing more is begun."""
        with ThreadPoolExecutor(self._parallel) as pool:
            for _, together in groupby(changes, key=lambda change: change.turn):
                begun = {pool.submit(apply, self._admin, change): change for change in together}
                try:
                    for done in as_completed(begun):
                        done.result()
                        told(begun[done])
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise


class AsAWhole:
    """For a gateway without one: all that is live, changed here and sent as a whole. What somebody
    else loads in between is lost, as with every use of `POST /config`.
    """

    def __init__(self, admin: KongAdmin, live: State) -> None:
        self._admin = admin
        self._state = live

    def write(self, changes: Iterable[Change], told: Told = _untold) -> None:
        """One call; none where there is nothing to change."""
        if not (changes := tuple(changes)):
            return
        state = after(self._state, changes)
        # Certificates and whatever else this package does not know would be lost otherwise.
        document = configuration(state, beside=self._admin.read_config())
        with hiding(secret for entity in state for secret in entity.secrets):
            self._admin.load_config(document)
        self._state = state
        for change in changes:
            told(change)


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
