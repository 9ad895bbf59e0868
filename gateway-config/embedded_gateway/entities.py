"""Create, replace, patch and delete entities as Kong does; pure, from one State to the next."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from embedded_gateway import foreign_keys, shorthands
from embedded_gateway.consumers import Acl, Consumer, Jwt, KeyAuth
from embedded_gateway.entity import Entity
from embedded_gateway.errors import EntityNotFound, SchemaViolation, UniqueViolation, lua
from embedded_gateway.models import Plugin, Target
from embedded_gateway.state import State, name_of
from embedded_gateway.validate import to_entity
from embedded_gateway.values import format_target

Body = Mapping[str, Any]

# The fields that a kind's unique keys begin with, where it is not its name alone.
_WORDS = {"plugins": ("name", "instance_name"), "consumers": ("username", "custom_id")}


def create(state: State, kind: str, body: Body) -> tuple[State, Entity]:
    """POST: always a new entity."""
    identifier = body.get("id") or str(uuid.uuid4())
    if not is_uuid(identifier):
        raise SchemaViolation({"id": "expected a valid UUID"})
    if identifier in state.of(kind):
        raise _taken({"id": identifier}, {"id": identifier})
    return _put(state, kind, {**body, "id": identifier, **_stamps(kind)})


def upsert(
    state: State, kind: str, key: str, body: Body, *, found: Entity | None
) -> tuple[State, Entity]:
    """PUT: a full replace, or a new entity under that name or id. Targets are never created."""
    if found is None and kind == "targets":
        raise EntityNotFound(_key(kind, key))
    own = _key(kind, key)  # a name in the body that differs from the path is ignored
    own.setdefault("id", found.id if found else str(uuid.uuid4()))
    stamps = _stamps(kind)
    if found:
        stamps["created_at"] = found.wire()["created_at"]
    return _put(state, kind, {**body, **own, **stamps})


def patch(
    state: State, kind: str, key: str, body: Body, *, found: Entity | None
) -> tuple[State, Entity]:
    """PATCH: merge into what is there, down into nested records."""
    if found is None:
        raise EntityNotFound(_key(kind, key))
    old = found.wire()
    fixed = {"id": old["id"], **_stamps(kind), "created_at": old["created_at"]}
    merged = _merge(old, shorthands.expand(kind, body))
    return _put(state, kind, {**merged, **fixed})


def delete(state: State, kind: str, found: Entity) -> State:
    """Take an entity away, and with it what belongs to it."""
    return foreign_keys.release(state, kind, found.id).without(kind, [found.id])


def is_uuid(text: object) -> bool:
    """A path may hold a name or an id; this tells which."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def target_key(text: str) -> str:
    """`127.0.0.1` asks for `127.0.0.1:8000`; a short IPv6 address finds nothing, as in Kong."""
    return text if text.startswith("[") else format_target(text)


def _put(state: State, kind: str, data: Body) -> tuple[State, Entity]:
    data = foreign_keys.resolve(state, kind, shorthands.expand(kind, data))
    entity = to_entity(kind, data)
    _refuse_double(state, kind, entity)
    return state.with_entity(kind, entity), entity


def _refuse_double(state: State, kind: str, entity: Entity) -> None:
    mine = unique_keys(entity)
    for other in _alike(state, kind, entity):
        for unique, theirs in zip(mine, unique_keys(other), strict=True):
            if unique is not None and unique == theirs:
                raise _taken(unique, unique)


def _alike(state: State, kind: str, entity: Entity) -> list[Entity]:
    """Others with an equal word in a unique key: of a thousand, all but a few need no closer look."""
    words = [(field, getattr(entity, field)) for field in _WORDS.get(kind, (name_of(kind),))]
    given = [(field, word) for field, word in words if word is not None]
    return [
        other
        for other in state.of(kind).values()
        if other.id != entity.id and any(getattr(other, field) == word for field, word in given)
    ]


def unique_keys(entity: Entity) -> list[dict[str, Any] | None]:
    """What no two entities of a kind may share; None where it does not apply."""
    if isinstance(entity, Target):
        return [{"target": entity.target, "upstream": {"id": entity.upstream.id}}]
    if isinstance(entity, Consumer):
        username, custom_id = entity.username, entity.custom_id
        return [
            {"username": username} if username else None,
            {"custom_id": custom_id} if custom_id else None,
        ]
    if isinstance(entity, Acl):
        return [{"consumer": {"id": entity.consumer.id}, "group": entity.group}]
    if isinstance(entity, KeyAuth | Jwt):
        return [{"key": entity.key}]
    if not isinstance(entity, Plugin):
        name = getattr(entity, "name", None)
        return [{"name": name} if name else None]
    scope = {
        kind: {"id": reference.id} if reference else None
        for kind, reference in (("route", entity.route), ("service", entity.service))
    }
    instance = entity.instance_name
    return [
        {"consumer": None, "name": entity.name, **scope},
        {"instance_name": instance} if instance else None,
    ]


def _taken(key: Mapping[str, Any], fields: Mapping[str, Any]) -> UniqueViolation:
    return UniqueViolation(f"UNIQUE violation detected on '{lua(key)}'", fields=fields)


def _merge(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _merge(old.get(key), value) for key, value in new.items()}}


def _key(kind: str, key: str) -> dict[str, str]:
    return {"id" if is_uuid(key) else name_of(kind): key}


def _now(kind: str) -> float:
    """Kong counts in whole seconds, and in milliseconds for targets."""
    return round(time.time(), 3) if kind == "targets" else int(time.time())


def _stamps(kind: str) -> dict[str, Any]:
    now = _now(kind)
    return {"created_at": now, "updated_at": now}
