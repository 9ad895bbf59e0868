"""Which model a value in foreign code is of: `Order.objects.filter(...)`, `order.customer`, `self`."""

import ast
from dataclasses import dataclass

from strangler.survey.lookups import Lookups
from strangler.survey.models import Model, Models
from strangler.survey.names import Names
from strangler.survey.scopes import Scope
from strangler.survey.statements import attribute, last_name

# What turns many rows into one.
_TO_ONE = {"get", "first", "last", "create", "earliest", "latest", "get_object_or_404"}
_TO_PAIR = {"get_or_create", "update_or_create"}
_TO_NOTHING = {"count", "exists", "delete", "update", "aggregate", "in_bulk", "bulk_update"}
_QUERYSETS = {"get_queryset", "queryset"}
_OBJECTS = {"get_object", "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Rows of `model`: one, or a set that is still a question to the database."""

    model: Model
    is_set: bool


class Values:
    """What the variables of one function hold, as far as it can be read off."""

    def __init__(self, scope: Scope, *, names: Names, lookups: Lookups) -> None:
        self.names, self.lookups = names, lookups
        self.models: Models = lookups.models
        self.scope = scope
        self.held: dict[str, Value] = {}
        self._hold_arguments()
        # Twice, because a variable may be set below the place where it is read.
        for _ in range(2):
            for node in scope.nodes:
                self._hold(node)

    def of(self, node: ast.AST | None) -> Value | None:
        """The value of an expression."""
        if isinstance(node, ast.Name) and node.id in self.held:
            return self.held[node.id]
        if isinstance(node, ast.Await):
            return self.of(node.value)
        if isinstance(node, ast.Subscript):
            return self._part(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        model = self._class(node)
        if model is not None:
            return Value(model=model, is_set=True)
        return self._attribute(node) if isinstance(node, ast.Attribute) else None

    def _class(self, node: ast.AST | None) -> Model | None:
        return self.models.of(self.names.dotted(node))

    def _part(self, node: ast.Subscript) -> Value | None:
        value = self.of(node.value)
        if value is None or not value.is_set:
            return None
        return Value(model=value.model, is_set=isinstance(node.slice, ast.Slice))

    def _called(self, node: ast.Call) -> Value | None:
        name = last_name(node)
        if name in {"get_object_or_404", "aget_object_or_404"} and node.args:
            value = self.of(node.args[0])
            return None if value is None else Value(model=value.model, is_set=False)
        model = self._class(node.func) or (self._class(node) if name == "get_model" else None)
        if model is not None:
            return Value(model=model, is_set=name in {"get_model", "get_user_model"})
        if not isinstance(node.func, ast.Attribute):
            return None
        if name in _QUERYSETS | _OBJECTS:
            own = self._of_class()
            if own is not None:
                return Value(model=own, is_set=name in _QUERYSETS)
        value = self.of(node.func.value)
        if value is None or not value.is_set or name in _TO_NOTHING:
            return None
        return Value(model=value.model, is_set=_sync(name) not in _TO_ONE | _TO_PAIR)

    def _attribute(self, node: ast.Attribute) -> Value | None:
        is_own = isinstance(node.value, ast.Name) and node.value.id == "self"
        if is_own and node.attr in {"model", *_QUERYSETS, *_OBJECTS} and "self" not in self.held:
            own = self._of_class()
            return None if own is None else Value(model=own, is_set=node.attr not in _OBJECTS)
        value = self.of(node.value)
        if value is None:
            return None
        if value.is_set:
            # A manager: Order.objects, Order.active.
            return value
        onward = self.lookups.step(value.model, node.attr)
        if onward is None:
            return None
        relation = self.lookups.relation(value.model, node.attr)
        return Value(model=onward, is_set=relation is None or relation.is_many)

    def _of_class(self) -> Model | None:
        """The model that a view, a form or an admin is for."""
        owner = self.scope.owner
        if owner is None:
            return None
        model = self._class(attribute(owner, "model"))
        queryset = attribute(owner, "queryset")
        if model is None and queryset is not None:
            value = self.of(queryset)
            return None if value is None else value.model
        return model

    def _hold_arguments(self) -> None:
        function, owner = self.scope.function, self.scope.owner
        if function is None:
            return
        for part in (*function.args.args, *function.args.kwonlyargs):
            # Without an annotation, what people call `voucher` is a Voucher.
            is_told = part.annotation is not None
            model = self._class(part.annotation) if is_told else self.models.named(part.arg)
            if model is not None:
                self.held[part.arg] = Value(model=model, is_set=False)
        if owner is not None:
            own = self.models.all.get((self.scope.module.name, owner.name))
            if own is not None:
                self.held["self"] = Value(model=own, is_set=False)

    def _hold(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._set(node.targets[0], self.of(node.value), value=node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            value = self.of(node.iter)
            if value is not None and value.is_set:
                self._set(node.target, Value(model=value.model, is_set=False))

    def _set(self, target: ast.expr, found: Value | None, *, value: ast.expr | None = None) -> None:
        is_pair = isinstance(value, ast.Call) and _sync(last_name(value)) in _TO_PAIR
        if isinstance(target, ast.Tuple) and is_pair and target.elts:
            target = target.elts[0]
        if isinstance(target, ast.Name) and found is not None:
            self.held[target.id] = found


def _sync(name: str) -> str:
    """`get` of `aget`."""
    return name[1:] if name[:1] == "a" and name[1:] in _TO_ONE | _TO_PAIR else name
