"""Which apps' tables a function writes, by itself or through what it calls."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from strangler.survey.models import Model
from strangler.survey.reading import Reading
from strangler.survey.scopes import Scope
from strangler.survey.statements import Function, last_name, top_level
from strangler.survey.values import Values

_OF_A_ROW = {"save", "delete", "asave", "adelete"}
_OF_A_SET = {"create", "update", "delete", "bulk_create", "bulk_update", "get_or_create"}
_OF_A_SET |= {"update_or_create"}
_OF_A_LINK = {"add", "remove", "set", "clear"}
_OF_A_SET |= {f"a{name}" for name in _OF_A_SET}
_OF_A_LINK |= {f"a{name}" for name in _OF_A_LINK}

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A line after which a row of the app is another."""

    app: str
    line: int
    detail: str


class Writes:
    """Follows calls through the project, as far as names lead."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._scopes = {scope.key: (scope, values) for scope, values in reading.scopes}

    def of(self, nodes: Iterable[ast.AST], *, scope: Scope, values: Values) -> Iterator[Write]:
        """Each write among the nodes, and each call of a function that writes."""
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            model = written(node, values=values)
            if model is not None and model.app is not None:
                detail = f"{model.name}.{last_name(node)}"
                yield Write(app=model.app, line=node.lineno, detail=detail)
            callee = self._callee(node, scope=scope, values=values)
            for app in sorted(self.apps.get(callee, ()) if callee else ()):
                yield Write(app=app, line=node.lineno, detail=f"{last_name(node)}()")

    @cached_property
    def apps(self) -> dict[Key, set[str]]:
        """Function by function, until nothing is added: calls may go in circles."""
        found: dict[Key, set[str]] = {}
        calls: dict[Key, set[Key]] = {}
        for key, (scope, values) in self._scopes.items():
            nodes = [node for node in inside(scope.nodes) if isinstance(node, ast.Call)]
            models = [written(node, values=values) for node in nodes]
            found[key] = {model.app for model in models if model is not None and model.app}
            called = (self._callee(node, scope=scope, values=values) for node in nodes)
            calls[key] = {callee for callee in called if callee is not None and callee != key}
        grows = True
        while grows:
            grows = False
            for key, callees in calls.items():
                more = set().union(*(found.get(callee, set()) for callee in callees))
                grows = grows or not more <= found[key]
                found[key] |= more
        return found

    def _callee(self, call: ast.Call, *, scope: Scope, values: Values) -> Key | None:
        """The function of this project that is called, when its name leads there."""
        if isinstance(call.func, ast.Attribute):
            on = call.func.value
            if isinstance(on, ast.Name) and on.id in {"self", "cls"} and scope.owner is not None:
                return self._method(f"{scope.module.name}.{scope.owner.name}", call.func.attr)
            value = values.of(on)
            if value is not None:
                model = value.model
                row = f"{model.module.name}.{model.name}"
                return None if value.is_set else self._method(row, call.func.attr)
            if isinstance(on, ast.Call):
                return self._method(values.names.dotted(on.func), call.func.attr)
        place = self.reading.project.definition(values.names.dotted(call.func))
        if place is None or not 1 <= len(place.path) <= 2:
            return None
        if len(place.path) == 2:
            return self._method(f"{place.module.name}.{place.path[0]}", place.path[1])
        key = (place.module.name, place.path[0])
        return key if key in self._scopes else None

    def _method(self, cls: str | None, name: str, *, depth: int = 6) -> Key | None:
        """The method of a class of this project, or of one of its bases."""
        project = self.reading.project
        place = project.definition(cls)
        node = project.node(place)
        if place is None or not isinstance(node, ast.ClassDef) or not depth:
            return None
        if any(isinstance(part, Function) and part.name == name for part in top_level(node.body)):
            return place.module.name, f"{node.name}.{name}"
        for base in node.bases:
            above = project.names[place.module.name].dotted(base)
            found = self._method(above, name, depth=depth - 1)
            if found is not None:
                return found
        return None


def written(call: ast.Call, *, values: Values) -> Model | None:
    """The model whose rows the call changes."""
    if not isinstance(call.func, ast.Attribute):
        return None
    value = values.of(call.func.value)
    if value is None:
        return None
    if call.func.attr in _OF_A_LINK:
        return _linked(call.func.value, values=values)
    return value.model if call.func.attr in (_OF_A_SET if value.is_set else _OF_A_ROW) else None


def _linked(related: ast.expr, *, values: Values) -> Model | None:
    """`voucher.offers.set(...)` writes the table of links, which belongs to whoever has the field."""
    if not isinstance(related, ast.Attribute):
        return None
    holder = values.of(related.value)
    if holder is None or holder.is_set:
        return None
    is_forward = values.lookups.relation(holder.model, related.attr) is not None
    other = values.of(related)
    return holder.model if is_forward else other.model if other is not None else None


def inside(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """Without what waits for the commit: `on_commit` is how a team leaves a transaction."""
    nodes = list(nodes)
    later = {
        id(part)
        for node in nodes
        if isinstance(node, ast.Call) and last_name(node) == "on_commit"
        for part in ast.walk(node)
    }
    return [node for node in nodes if id(node) not in later]
