"""Ask a gateway whether it would take what files declare, without changing anything.

Kong looks at one entity at a time: whether a foreign key leads anywhere it does not check.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from kong_admin.client import KongAdmin
from kong_admin.consumers import Credential
from kong_admin.drift import OPTIONAL_TAG, is_offered, plugin_of
from kong_admin.entity import Entity, Reference
from kong_admin.errors import InvalidEntityError
from kong_admin.resource import hiding
from kong_admin.state import State

Refused = tuple[Entity, str]


def validate(admin: KongAdmin, desired: State) -> tuple[Refused, ...]:
    """What would be refused, each with the gateway's reason. What is optional and not offered is
    passed over.
    """
    return tuple(_refused(admin, desired))


def _refused(admin: KongAdmin, desired: State) -> Iterator[Refused]:
    node = admin.ping()
    for entity in desired:
        if not is_offered(entity, node):
            if OPTIONAL_TAG not in entity.tags:
                yield entity, f"the plugin {plugin_of(entity)} is not offered (KONG_PLUGINS)"
            continue
        try:
            with hiding(entity.secrets):
                admin.request(
                    "POST",
                    f"/schemas/{_schema(entity)}/validate",
                    json=_body(entity),
                    idempotent=True,
                )
        except InvalidEntityError as invalid:
            yield entity, _reason(invalid)


def _schema(entity: Entity) -> str:
    return entity.declared_as if isinstance(entity, Credential) else entity.collection


def _body(entity: Entity) -> dict[str, Any]:
    # Kong wants the shape of a foreign key, an id, and does not follow it.
    owners = {
        field: {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{field} {value}"))}
        for field in type(entity).model_fields
        if isinstance(value := getattr(entity, field), Reference)
    }
    return entity.to_json() | owners


def _reason(invalid: InvalidEntityError) -> str:
    fields = [f"{field}: {said}" for field, said in _flat(invalid.fields) if said is not None]
    return "; ".join(fields) or invalid.message


def _flat(fields: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(fields, dict):
        for name, below in fields.items():
            yield from _flat(below, name if name == "@entity" else f"{path}.{name}".lstrip("."))
    elif isinstance(fields, list):
        # The refusals of an array stand at its places, with nulls between them.
        for index, below in enumerate(fields):
            yield from _flat(below, path if path == "@entity" else f"{path}[{index}]")
    else:
        yield path, fields
