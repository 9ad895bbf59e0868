"""A whole gateway as values: the same shape for what is desired and for what is live."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from kong_admin.client import KongAdmin
from kong_admin.entities import Plugin, Route, Service, Target, Upstream
from kong_admin.entity import Entity, Key, Reference

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """In the order of creation: each kind refers only to kinds before it."""

    upstreams: tuple[Upstream, ...] = ()
    targets: tuple[Target, ...] = ()
    services: tuple[Service, ...] = ()
    routes: tuple[Route, ...] = ()
    plugins: tuple[Plugin, ...] = ()

    def __iter__(self) -> Iterator[Entity]:
        yield from self.upstreams
        yield from self.targets
        yield from self.services
        yield from self.routes
        yield from self.plugins

    def by_key(self) -> dict[tuple[str, Key], Entity]:
        """Kind and key → entity."""
        return {(entity.kind, entity.key): entity for entity in self}

    def tagged(self, tag: str) -> "State":
        """Only what carries the tag."""
        return State(
            upstreams=_tagged(self.upstreams, tag),
            targets=_tagged(self.targets, tag),
            services=_tagged(self.services, tag),
            routes=_tagged(self.routes, tag),
            plugins=_tagged(self.plugins, tag),
        )


def read_state(admin: KongAdmin) -> State:
    """Everything that is live, with the ids of foreign keys resolved to names."""
    upstreams = admin.upstreams.list_all()
    services = admin.services.list_all()
    service_names = _names(services)
    routes = [_named(route, service=service_names) for route in admin.routes.list_all()]
    route_names = _names(routes)
    return State(
        upstreams=tuple(upstreams),
        targets=tuple(target for upstream in upstreams for target in _targets(admin, upstream)),
        services=tuple(services),
        routes=tuple(routes),
        plugins=tuple(
            _named(plugin, service=service_names, route=route_names)
            for plugin in admin.plugins.list_all()
        ),
    )


def _targets(admin: KongAdmin, upstream: Upstream) -> Iterator[Target]:
    reference = Reference(id=upstream.id, name=upstream.name)
    for target in admin.targets(upstream.name).list_all():
        yield target.model_copy(update={"upstream": reference})


def _names(entities: Iterable[Service | Route]) -> dict[str, str]:
    return {entity.id: entity.name for entity in entities if entity.id and entity.name}


def _named(entity: E, **names: dict[str, str]) -> E:
    """The entity with each of these references carrying the name that belongs to its id."""
    update = {
        field: Reference(id=reference.id, name=known[reference.id])
        for field, known in names.items()
        if (reference := getattr(entity, field)) is not None and reference.id in known
    }
    return entity.model_copy(update=update)


def _tagged(entities: Iterable[E], tag: str) -> tuple[E, ...]:
    return tuple(entity for entity in entities if tag in entity.tags)
