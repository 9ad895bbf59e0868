"""References between entities: resolved on the way in, guarded or cascaded on the way out."""

from collections.abc import Mapping
from typing import Any

from embedded_gateway.consumers import Owned
from embedded_gateway.errors import ForeignKeyViolation, SchemaViolation, Unresolved, lua
from embedded_gateway.models import Plugin
from embedded_gateway.state import State, name_of

_FOREIGN = {
    "routes": {"service": "services"},
    "targets": {"upstream": "upstreams"},
    "plugins": {"service": "services", "route": "routes"},
    "keyauth_credentials": {"consumer": "consumers"},
    "jwt_secrets": {"consumer": "consumers"},
    "acls": {"consumer": "consumers"},
}


def resolve(state: State, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Replace `{"name": ...}` by `{"id": ...}` and refuse what leads nowhere."""
    resolved = dict(body)
    for field, foreign in _FOREIGN.get(kind, {}).items():
        reference = body.get(field)
        if reference is None:
            continue
        if not isinstance(reference, Mapping) or not reference:
            raise SchemaViolation({field: "expected a record"})
        resolved[field] = {"id": _lookup(state, field, foreign, reference)}
    return resolved


def _lookup(state: State, field: str, foreign: str, reference: Mapping[str, Any]) -> str:
    attribute = name_of(foreign)
    if unknown := set(reference) - {"id", attribute}:
        raise SchemaViolation({field: dict.fromkeys(sorted(unknown), "unknown field")})
    if "id" in reference:
        identifier = reference["id"]
        if not isinstance(identifier, str):
            raise SchemaViolation({field: {"id": "expected a string"}})
        if identifier not in state.of(foreign):
            raise ForeignKeyViolation(
                f"the foreign key '{lua({'id': identifier})}' "
                f"does not reference an existing '{foreign}' entity.",
                fields={field: {"id": identifier}},
            )
        return identifier
    name = reference[attribute]
    entities = state.of(foreign).values()
    found = next((e for e in entities if getattr(e, attribute) == name), None)
    if found is None:
        text = (
            f"the foreign key cannot be resolved with '{lua({attribute: name})}' "
            f"for an existing '{foreign}' entity"
        )
        raise Unresolved(
            f"foreign key unresolved ({field}.{attribute}: {text})",
            fields={field: {attribute: text}},
        )
    return found.id


def release(state: State, kind: str, entity_id: str) -> State:
    """What has to go first, goes; a service that has routes stays."""
    if kind == "services" and any(
        route.service and route.service.id == entity_id for route in state.routes.values()
    ):
        raise ForeignKeyViolation(
            "an existing 'routes' entity references this 'services' entity",
            fields={"@referenced_by": "routes"},
        )
    if kind == "upstreams":
        return state.without("targets", [target.id for target in state.targets_of(entity_id)])
    if kind == "consumers":
        for credentials in ("keyauth_credentials", "jwt_secrets", "acls"):
            state = state.without(credentials, _owned(state, credentials, entity_id))
        return state
    owned = [plugin.id for plugin in state.plugins.values() if _belongs(plugin, kind, entity_id)]
    return state.without("plugins", owned) if owned else state


def _owned(state: State, kind: str, consumer_id: str) -> list[str]:
    found = state.of(kind).values()
    return [e.id for e in found if isinstance(e, Owned) and e.consumer.id == consumer_id]


def _belongs(plugin: Plugin, kind: str, entity_id: str) -> bool:
    reference = {"services": plugin.service, "routes": plugin.route}.get(kind)
    return reference is not None and reference.id == entity_id
