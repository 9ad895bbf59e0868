"""A state → the declarative format that `declarative.load` reads: what `dump` prints."""

from collections.abc import Iterable
from typing import Any, TypeVar

from kong_admin.entities import Plugin, Route
from kong_admin.entity import Entity, Reference
from kong_admin.reader import FORMAT_VERSION
from kong_admin.state import State

E = TypeVar("E", bound=Entity)


def render(state: State, *, select_tag: str) -> dict[str, Any]:
    """Defaults are left out, and so is the select tag, which loading adds again."""
    return _Renderer(state, select_tag).document()


class _Renderer:
    def __init__(self, state: State, select_tag: str) -> None:
        self._state = state
        self._select_tag = select_tag

    def document(self) -> dict[str, Any]:
        state = self._state
        orphans = [route for route in state.routes if route.service is None]
        everywhere = [plugin for plugin in state.plugins if not any(plugin.identity[1:])]
        return {
            "_format_version": FORMAT_VERSION,
            "upstreams": [
                self._with(upstream, targets=self._plain(_of(state.targets, upstream=upstream)))
                for upstream in state.upstreams
            ],
            "services": [
                self._with(
                    service,
                    plugins=self._plain(_service_plugins(state.plugins, service)),
                    routes=[self._route(route) for route in _of(state.routes, service=service)],
                )
                for service in state.services
            ],
        } | _filled(
            routes=[self._route(route) for route in orphans], plugins=self._plain(everywhere)
        )

    def _route(self, route: Route) -> dict[str, Any]:
        return self._with(route, plugins=self._plain(_of(self._state.plugins, route=route)))

    def _plain(self, entities: Iterable[Entity]) -> list[dict[str, Any]]:
        return [self._with(entity) for entity in entities]

    def _with(self, entity: Entity, **nested: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, field in type(entity).model_fields.items():
            value = getattr(entity, name)
            if name in ("id", "tags") or isinstance(value, Reference) or value == field.default:
                continue
            body[name] = entity.field_json(name)
        others = [tag for tag in entity.tags if tag != self._select_tag]
        return body | _filled(tags=others, **nested)


def _of(entities: Iterable[E], **references: Entity) -> list[E]:
    """Those that refer to this entity."""
    ((field, owner),) = references.items()
    reference = Reference(id=owner.id, name=owner.identity[0])
    return [entity for entity in entities if getattr(entity, field) == reference]


def _service_plugins(plugins: Iterable[Plugin], service: Entity) -> list[Plugin]:
    return [plugin for plugin in _of(plugins, service=service) if plugin.route is None]


def _filled(**lists: list[Any]) -> dict[str, list[Any]]:
    return {name: items for name, items in lists.items() if items}
