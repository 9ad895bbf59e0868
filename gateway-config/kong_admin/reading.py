"""What is live at a gateway, as a state."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from kong_admin.client import KongAdmin
from kong_admin.consumers import CREDENTIALS, Consumer, Credential
from kong_admin.entities import Route, Service, Target, Upstream
from kong_admin.entity import Entity, Reference
from kong_admin.errors import NotFoundError
from kong_admin.resource import Resource
from kong_admin.state import State

E = TypeVar("E", bound=Entity)


def read_state(admin: KongAdmin) -> State:
    """Everything that is live, with the ids of foreign keys resolved to names."""
    upstreams = admin.upstreams.list_all()
    services = admin.services.list_all()
    names = {"service": _names(services)}
    routes = [_named(route, names) for route in admin.routes.list_all()]
    consumers = _if_offered(admin.consumers)
    names |= {"route": _names(routes), "consumer": _names(consumers)}
    return State.of(
        [
            *upstreams,
            *(target for upstream in upstreams for target in _targets(admin, upstream)),
            *services,
            *routes,
            *consumers,
            *(_named(credential, names) for credential in _credentials(admin)),
            *(_named(plugin, names) for plugin in admin.plugins.list_all()),
        ]
    )


def _targets(admin: KongAdmin, upstream: Upstream) -> Iterator[Target]:
    reference = Reference(id=upstream.id, name=upstream.name)
    for target in admin.targets(upstream.name).list_all():
        yield target.model_copy(update={"upstream": reference})


def _credentials(admin: KongAdmin) -> Iterator[Credential]:
    for kind in CREDENTIALS:
        yield from _if_offered(admin.all_credentials(kind))


def _if_offered(resource: Resource[E]) -> list[E]:
    """Kong knows `/jwts` and its kin only where the plugin is enabled."""
    try:
        return resource.list_all()
    except NotFoundError:
        return []


def _names(entities: Iterable[Service | Route | Consumer]) -> dict[str, str]:
    known = {
        entity.id: entity.username if isinstance(entity, Consumer) else entity.name
        for entity in entities
    }
    return {id_: name for id_, name in known.items() if id_ and name}


def _named(entity: E, names: dict[str, dict[str, str]]) -> E:
    """The entity with each of its references carrying the name that belongs to its id."""
    update = {
        field: Reference(id=reference.id, name=known[reference.id])
        for field, known in names.items()
        if (reference := getattr(entity, field, None)) is not None and reference.id in known
    }
    return entity.model_copy(update=update)
