"""`POST /config` of the fake Kong: everything at once, with owners named by plain strings."""

import uuid
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.gateway_config.kong_admin.fake_kong import FakeKong

Json = dict[str, Any]
# List of a configuration -> kind, in the order in which owners come first.
_LISTS = {
    "upstreams": "upstreams", "services": "services", "consumers": "consumers",
    "routes": "routes", "targets": "targets", "keyauth_credentials": "key-auths",
    "jwt_secrets": "jwts", "acls": "acls", "plugins": "plugins",
}  # fmt: skip
_OWNERS = {
    "service": "services", "route": "routes", "upstream": "upstreams", "consumer": "consumers",
}  # fmt: skip


def load(kong: "FakeKong", document: Json, *, flatten: bool) -> httpx.Response:
    """Replace what is stored, or 400 with what is wrong per entity, and leave all as it was."""
    stored: dict[str, dict[str, Json]] = {kind: {} for kind in kong.stored}
    # decK's own `_info` is among them.
    unknown = {name for name in document if name.startswith("_")} - {
        "_format_version",
        "_transform",
    }
    errors: list[Json] = [
        {"entity_type": name, "errors": [{"message": "unknown field"}]} for name in unknown
    ]
    for name, kind in _LISTS.items():
        for body in document.get(name, []):
            owners = {field: body[field] for field in _OWNERS if field in body}
            strange = [field for field, owner in owners.items() if not isinstance(owner, str)]
            if strange:
                wrong = {"field": strange[0], "message": "expected a string"}
                errors.append(
                    {"entity_type": kind[:-1], "entity_name": body.get("name"), "errors": [wrong]}
                )
                continue
            found = {field: _find(stored, _OWNERS[field], owner) for field, owner in owners.items()}
            entity = kong.normal(kind, {"id": str(uuid.uuid4()), "tags": None} | body | found)
            stored[kind][entity["id"]] = entity
    if errors:
        told: Json = {"name": "invalid declarative configuration", "code": 14}
        told |= {"message": "declarative config is invalid: {}"}
        return httpx.Response(400, json=told | ({"flattened_errors": errors} if flatten else {}))
    kong.stored = stored
    kong.beside = {name: held for name, held in document.items() if name not in _LISTS}
    return httpx.Response(201, json={})


def _find(stored: dict[str, dict[str, Json]], kind: str, key: str) -> Json:
    names = ("id", "name", "username")
    return next(
        {"id": entity["id"]}
        for entity in stored[kind].values()
        if key in [entity.get(name) for name in names]
    )
