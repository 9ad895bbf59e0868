"""One document of a declarative file → typed entities, or every problem it has, with its path."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError

from kong_admin.consumers import CREDENTIALS, Consumer
from kong_admin.entities import Plugin, Route, Service, Target, Upstream
from kong_admin.entity import Entity, Reference
from kong_admin.errors import DeclarationError, Problem
from kong_admin.state import State

E = TypeVar("E", bound=Entity)

FORMAT_VERSION = "3.0"
_TOP = ("_format_version", "services", "routes", "upstreams", "targets", "consumers", "plugins")
# Which lists an entity carries inside itself, and what its place in the file already says.
_NESTED: dict[str, tuple[str, ...]] = {
    "service": ("routes", "plugins"),
    "route": ("plugins",),
    "upstream": ("targets",),
    "consumer": (*(kind.declared_as for kind in CREDENTIALS), "plugins"),
}
_IMPLIED = {
    "route": {"service"},
    "target": {"upstream"},
    "plugin": {"service", "route", "consumer"},
} | {kind.kind: {"consumer"} for kind in CREDENTIALS}
# What a person must give it, since both sides of a diff are matched by that.
_KNOWN_BY = ("name", "username")


class Reader:
    """Reads one document; `read` answers the state or raises all problems at once."""

    def __init__(self, file: str, select_tag: str) -> None:
        self._file = file
        self._select_tag = select_tag
        self._problems: list[Problem] = []
        self._entities: list[Entity] = []
        self._paths: dict[tuple[str, tuple[str, ...]], str] = {}

    def read(self, document: object) -> State:
        """The entities of the document, or DeclarationError with all that is wrong."""
        top = self._top(document)
        for path, item in self._items(top, "upstreams", ""):
            self._upstream(item, path)
        for path, item in self._items(top, "targets", ""):
            self._target(item, path)
        for path, item in self._items(top, "services", ""):
            self._service(item, path)
        for path, item in self._items(top, "routes", ""):
            self._route(item, path)
        for path, item in self._items(top, "consumers", ""):
            self._consumer(item, path)
        for path, item in self._items(top, "plugins", ""):
            self._plugin(item, path)
        if self._problems:
            raise DeclarationError(*self._problems)
        return State.of(self._entities)

    def _top(self, document: object) -> Mapping[str, Any]:
        if not isinstance(document, Mapping):
            raise DeclarationError(self._found("", "must be a mapping with _format_version"))
        version = document.get("_format_version")
        if version != FORMAT_VERSION:
            self._refuse("_format_version", f'must be "{FORMAT_VERSION}" (a string)')
        self._refuse_unknown(document, set(_TOP), "")
        return document

    def _upstream(self, item: Mapping[str, Any], path: str) -> None:
        upstream = self._entity(Upstream, item, path)
        reference = Reference(name=upstream.name if upstream else "?")
        for below, target in self._items(item, "targets", path):
            self._entity(Target, target, below, upstream=reference)

    def _target(self, item: Mapping[str, Any], path: str) -> None:
        """Of the upstream that it names, which may be of another file."""
        upstream = item.get("upstream")
        if not isinstance(upstream, str):
            self._refuse(f"{path}.upstream", "must be the name of an upstream")
        own = {name: value for name, value in item.items() if name != "upstream"}
        self._entity(Target, own, path, upstream=Reference(name=str(upstream)))

    def _service(self, item: Mapping[str, Any], path: str) -> None:
        service = self._entity(Service, item, path)
        reference = Reference(name=service.name if service else "?")
        for below, plugin in self._items(item, "plugins", path):
            self._entity(Plugin, plugin, below, service=reference)
        for below, route in self._items(item, "routes", path):
            self._route(route, below, service=reference)

    def _route(self, item: Mapping[str, Any], path: str, **service: Reference) -> None:
        route = self._entity(Route, item, path, **service)
        if route and not (route.methods or route.hosts or route.paths or route.headers):
            self._refuse(path, "needs at least one of paths, methods, hosts, headers")
        reference = Reference(name=route.name if route else "?")
        for below, plugin in self._items(item, "plugins", path):
            self._entity(Plugin, plugin, below, route=reference)

    def _plugin(self, item: Mapping[str, Any], path: str) -> None:
        """For everything, or for the service or route that it names, which may be of another file."""
        scope = {
            owner: Reference(name=item[owner])
            for owner in ("service", "route")
            if isinstance(item.get(owner), str)
        }
        own = {name: value for name, value in item.items() if name not in scope}
        self._entity(Plugin, own, path, **scope)

    def _consumer(self, item: Mapping[str, Any], path: str) -> None:
        consumer = self._entity(Consumer, item, path)
        reference = Reference(name=consumer.username if consumer else "?")
        for kind in CREDENTIALS:
            for below, credential in self._items(item, kind.declared_as, path):
                self._entity(kind, credential, below, consumer=reference)
        for below, plugin in self._items(item, "plugins", path):
            self._entity(Plugin, plugin, below, consumer=reference)

    def _entity(
        self, kind: type[E], item: Mapping[str, Any], path: str, **implied: Reference
    ) -> E | None:
        nested = _NESTED.get(kind.kind, ())
        own = set(kind.model_fields) - {"id"} - _IMPLIED.get(kind.kind, set())
        before = len(self._problems)
        self._refuse_unknown(item, own | set(nested), path)
        for name in _KNOWN_BY:
            if name in own and not item.get(name):
                self._refuse(f"{path}.{name}", "is missing: files know entities by their names")
        body = {name: value for name, value in item.items() if name in own}
        try:
            entity = kind.model_validate(body | implied)
        except ValidationError as invalid:
            for error in invalid.errors():
                self._refuse(_below(path, error["loc"]), _message(error))
            return None
        if len(self._problems) > before:
            return None
        return self._keep(entity, path)

    def _keep(self, entity: E, path: str) -> E:
        tags = tuple(dict.fromkeys((self._select_tag, *entity.tags)))
        entity = entity.model_copy(update={"tags": tags})
        identity = entity.kind, entity.identity
        if identity in self._paths:
            self._refuse(path, f"{entity.label} is already declared at {self._paths[identity]}")
        self._paths[identity] = path
        self._entities.append(entity)
        return entity

    def _items(
        self, holder: Mapping[str, Any], name: str, path: str
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        here = f"{path}.{name}".lstrip(".")
        items = holder.get(name, [])
        if not isinstance(items, list):
            self._refuse(here, "must be a list")
            return
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield f"{here}[{index}]", item
            else:
                self._refuse(f"{here}[{index}]", "must be a mapping")

    def _refuse_unknown(self, item: Mapping[str, Any], known: set[str], path: str) -> None:
        for name in item:
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
                self._refuse(_below(path, (name,)), f"is not known here ({hint})")

    def _refuse(self, path: str, message: str) -> None:
        self._problems.append(self._found(path, message))

    def _found(self, path: str, message: str) -> Problem:
        return Problem(file=self._file, path=path, message=message)


def _below(path: str, location: tuple[Any, ...]) -> str:
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".")


def _message(error: Any) -> str:
    text = str(error["msg"]).removeprefix("Value error, ")
    return text[0].lower() + text[1:]
