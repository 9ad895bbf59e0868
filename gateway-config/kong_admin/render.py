"""A state → the declarative format that `declarative.load` reads: what `dump` prints."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from kong_admin.consumers import Consumer, Credential, fingerprint
from kong_admin.entities import Plugin, Route
from kong_admin.entity import Entity, Reference
from kong_admin.reader import FORMAT_VERSION
from kong_admin.state import State

E = TypeVar("E", bound=Entity)


def render(state: State, *, select_tag: str, with_secrets: bool = False) -> dict[str, Any]:
    """Defaults are left out, and so is the select tag, which loading adds again. Without secrets,
    each stands as a placeholder, for the environment to fill.
    """
    return _Renderer(state, select_tag, with_secrets=with_secrets).document()


class _Renderer:
    def __init__(self, state: State, select_tag: str, *, with_secrets: bool) -> None:
        self._state = state
        self._select_tag = select_tag
        self._with_secrets = with_secrets

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
            routes=[self._route(route) for route in orphans],
            consumers=[self._consumer(consumer) for consumer in state.consumers],
            plugins=self._plain(everywhere),
        )

    def _route(self, route: Route) -> dict[str, Any]:
        return self._with(route, plugins=self._plain(_of(self._state.plugins, route=route)))

    def _consumer(self, consumer: Consumer) -> dict[str, Any]:
        proofs: dict[str, list[dict[str, Any]]] = {}
        for credential in _of(self._state.credentials(), consumer=consumer):
            proofs.setdefault(credential.declared_as, []).append(self._with(credential))
        plugins = self._plain(_of(self._state.plugins, consumer=consumer))
        return self._with(consumer, **proofs, plugins=plugins)

    def _plain(self, entities: Iterable[Entity]) -> list[dict[str, Any]]:
        return [self._with(entity) for entity in entities]

    def _with(self, entity: Entity, **nested: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, field in type(entity).model_fields.items():
            value = getattr(entity, name)
            if name in ("id", "tags") or isinstance(value, Reference) or value == field.default:
                continue
            body[name] = self._value(entity, name)
        others = [tag for tag in entity.tags if tag != self._select_tag]
        return body | _filled(tags=others, **nested)

    def _value(self, entity: Entity, name: str) -> Any:
        if name in entity.hidden and isinstance(entity, Credential) and not self._with_secrets:
            return _placeholder(entity, getattr(entity, name))
        return _escaped(entity.field_json(name))


def _placeholder(credential: Credential, secret: str) -> str:
    # The fingerprint makes it unique, and the same in every dump.
    words = f"{credential.kind}_{credential.consumer}_{fingerprint(secret)}".upper()
    return f"${{{re.sub('[^A-Z0-9]', '_', words)}}}"


def _escaped(value: Any) -> Any:
    """A literal `${`, as files write it."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {key: _escaped(below) for key, below in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value


def _of(entities: Iterable[E], **references: Entity) -> list[E]:
    """Those that refer to this entity."""
    ((field, owner),) = references.items()
    reference = Reference(id=owner.id, name=owner.identity[0])
    return [entity for entity in entities if getattr(entity, field) == reference]


def _service_plugins(plugins: Iterable[Plugin], service: Entity) -> list[Plugin]:
    return [plugin for plugin in _of(plugins, service=service) if plugin.route is None]


def _filled(**lists: list[Any]) -> dict[str, list[Any]]:
    return {name: items for name, items in lists.items() if items}
