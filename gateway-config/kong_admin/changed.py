"""What a gateway is after some changes, and that as one configuration for a Kong without a database.

Pure. The configuration names owners by plain strings, as `POST /config` wants it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kong_admin.consumers import Credential
from kong_admin.diff import Change
from kong_admin.entities import Route
from kong_admin.entity import Entity, Identity, Reference
from kong_admin.state import PLACES, State

FORMAT_VERSION = "3.0"
# The lists of a configuration that a state has entities for.
_HELD = frozenset(
    kind.declared_as if issubclass(kind, Credential) else kind.collection for kind in PLACES
)
_STAMPS = ("created_at", "updated_at")


def after(live: State, changes: Iterable[Change]) -> State:
    """The state once the changes are made; fields that nobody declared stay as they are."""
    entities: dict[tuple[str, Identity], Entity] = dict(live.by_identity())
    gone: list[Entity] = []
    for change in changes:
        identity = change.entity.kind, change.entity.identity
        if change.verb == "delete":
            entities.pop(identity, None)
            gone.append(change.entity)
        elif change.live is None:
            entities[identity] = change.entity
        else:
            entities[identity] = _updated(change.live, change)
    return State.of(entity for entity in entities.values() if not _goes_with(gone, entity))


def configuration(state: State, *, beside: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /config`; `beside` is what the gateway has now, of which the kinds that no
    state holds are kept.
    """
    document = {name: held for name, held in beside.items() if name not in _HELD}
    document["_format_version"] = FORMAT_VERSION
    for entity in state:
        document.setdefault(_list_of(entity), []).append(_flat(entity))
    return document


def _goes_with(gone: Iterable[Entity], entity: Entity) -> bool:
    # As Kong does it. Only a route outlives its service: Kong refuses to delete that one.
    return not isinstance(entity, Route) and any(
        getattr(entity, owner.kind, None) == Reference(id=owner.id, name=owner.identity[0])
        for owner in gone
    )


def _updated(live: Entity, change: Change) -> Entity:
    update = {
        difference.field: _value(difference.field, live, change.entity)
        for difference in change.differences
    }
    return live.model_copy(update=update)


def _value(field: str, live: Entity, desired: Entity) -> Any:
    value = getattr(desired, field)
    if field in desired.replaced:
        return value
    # As a PATCH does it: what a record does not mention, it keeps.
    return _merged(getattr(live, field), value)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}


def _list_of(entity: Entity) -> str:
    return entity.declared_as if isinstance(entity, Credential) else entity.collection


def _flat(entity: Entity) -> dict[str, Any]:
    owners = {
        field: str(value)
        for field in type(entity).model_fields
        if isinstance(value := getattr(entity, field), Reference)
    }
    body = {name: value for name, value in entity.to_json().items() if name not in _STAMPS}
    return body | owners
