"""A whole gateway as values: the same shape for what is desired and for what is live. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from kong_admin.consumers import Acl, Consumer, Credential, Jwt, KeyAuth
from kong_admin.entities import Plugin, Route, Service, Target, Upstream
from kong_admin.entity import Entity, Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """In the order of creation: each kind refers only to kinds before it, and what a plugin asks
    of consumers is there before the plugin asks.
    """

    upstreams: tuple[Upstream, ...] = ()
    targets: tuple[Target, ...] = ()
    services: tuple[Service, ...] = ()
    routes: tuple[Route, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    key_auths: tuple[KeyAuth, ...] = ()
    jwts: tuple[Jwt, ...] = ()
    acls: tuple[Acl, ...] = ()
    plugins: tuple[Plugin, ...] = ()

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> "State":
        """These entities, each in its place."""
        kept: dict[str, list[Any]] = {place: [] for place in PLACES.values()}
        for entity in entities:
            kept[PLACES[type(entity)]].append(entity)
        return cls(**{place: tuple(found) for place, found in kept.items()})

    def __iter__(self) -> Iterator[Entity]:
        for field in fields(self):
            yield from getattr(self, field.name)

    def __add__(self, other: "State") -> "State":
        return State.of([*self, *other])

    def by_identity(self) -> dict[tuple[str, Identity], Entity]:
        """Kind and identity → entity."""
        return {(entity.kind, entity.identity): entity for entity in self}

    def credentials(self) -> tuple[Credential, ...]:
        """Of every kind."""
        return (*self.key_auths, *self.jwts, *self.acls)

    def tagged(self, tag: str) -> "State":
        """Only what carries the tag."""
        return State.of(entity for entity in self if tag in entity.tags)


PLACES: dict[type[Entity], str] = {
    Upstream: "upstreams",
    Target: "targets",
    Service: "services",
    Route: "routes",
    Consumer: "consumers",
    KeyAuth: "key_auths",
    Jwt: "jwts",
    Acl: "acls",
    Plugin: "plugins",
}
# The kinds in the order of creation.
LEVELS = tuple(entity.kind for entity in PLACES)
