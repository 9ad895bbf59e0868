"""All entities at one moment: an immutable value that changes by being replaced."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from embedded_gateway.consumers import Acl, Consumer, Jwt, KeyAuth
from embedded_gateway.entity import Entity
from embedded_gateway.models import Plugin, Route, Service, Target, Upstream

# The order is the one in which a foreign key can be resolved.
KINDS: dict[str, type[Entity]] = {
    "services": Service,
    "routes": Route,
    "upstreams": Upstream,
    "targets": Target,
    "consumers": Consumer,
    "keyauth_credentials": KeyAuth,
    "jwt_secrets": Jwt,
    "acls": Acl,
    "plugins": Plugin,
}


_NAMES = {
    "plugins": "instance_name",
    "targets": "target",
    "consumers": "username",
    "keyauth_credentials": "key",
    "jwt_secrets": "key",
    "acls": "group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Each kind by id; the mappings are never altered, so unchanged ones keep their identity."""

    services: Mapping[str, Service] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    consumers: Mapping[str, Consumer] = field(default_factory=dict)
    keyauth_credentials: Mapping[str, KeyAuth] = field(default_factory=dict)
    jwt_secrets: Mapping[str, Jwt] = field(default_factory=dict)
    acls: Mapping[str, Acl] = field(default_factory=dict)
    plugins: Mapping[str, Plugin] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, Entity]:
        """All entities of a kind by id."""
        found: Mapping[str, Entity] = getattr(self, kind)
        return found

    def find(self, kind: str, key: str) -> Entity | None:
        """By id or by the kind's name, as every Kong path allows."""
        return find(kind, self.of(kind), key)

    def with_entity(self, kind: str, entity: Entity) -> Self:
        """The same, with this one added or replaced."""
        return self._with(kind, {**self.of(kind), entity.id: entity})

    def without(self, kind: str, ids: Iterable[str]) -> Self:
        """The same, with these gone."""
        gone = set(ids)
        kept = {key: value for key, value in self.of(kind).items() if key not in gone}
        return self._with(kind, kept)

    def _with(self, kind: str, entities: Mapping[str, Entity]) -> Self:
        changed: dict[str, Any] = {kind: entities}
        return replace(self, **changed)

    def targets_of(self, upstream_id: str) -> list[Target]:
        """In the order in which they were made, which a change does not alter."""
        return [t for t in self.targets.values() if t.upstream.id == upstream_id]

    def plugins_at(self, *, service: Service | None, route: Route | None) -> Iterator[Plugin]:
        """The plugin chain of a route: of each name the most specific one wins."""
        chosen: dict[str, tuple[int, Plugin]] = {}
        for plugin in self.plugins.values():
            rank = _rank(plugin, service=service, route=route)
            if plugin.enabled and rank > chosen.get(plugin.name, (-1, plugin))[0]:
                chosen[plugin.name] = (rank, plugin)
        for _, plugin in chosen.values():
            yield plugin


def find(kind: str, entities: Mapping[str, Entity], key: str) -> Entity | None:
    """Among some entities of a kind, by id or by name."""
    if key in entities:
        return entities[key]
    attribute = name_of(kind)
    return next((e for e in entities.values() if getattr(e, attribute) == key), None)


def name_of(kind: str) -> str:
    """Which attribute can stand for the id in a path."""
    return _NAMES.get(kind, "name")


def _rank(plugin: Plugin, *, service: Service | None, route: Route | None) -> int:
    """-1 when the plugin is not for this route; else how specific its scope is."""
    rank = 0
    for reference, entity, weight in ((plugin.service, service, 1), (plugin.route, route, 2)):
        if reference is None:
            continue
        if entity is None or reference.id != entity.id:
            return -1
        rank += weight
    return rank
