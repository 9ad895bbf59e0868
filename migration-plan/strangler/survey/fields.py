"""What a line of a model's class says: a column, a relation, an option."""

import ast
from dataclasses import dataclass
from typing import TypeGuard

from strangler.survey.statements import argument, attribute, last_name, text_of

_RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField", "ParentalKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A field that refers to a model; `target` is its full name, as far as it is known."""

    name: str
    target: str
    line: int
    reverse: str | None
    is_many: bool


def is_relation(value: ast.expr) -> TypeGuard[ast.Call]:
    """A GenericForeignKey may lead anywhere, so that nobody can say where."""
    name = last_name(value) if isinstance(value, ast.Call) else ""
    return name.endswith(_RELATIONS) and not name.startswith("Generic")


def relation_of(name: str, call: ast.Call, *, target: str, node: ast.ClassDef) -> Relation:
    reverse = text_of(argument(call, "related_query_name"))
    reverse = reverse or text_of(argument(call, "related_name"))
    if reverse is not None:
        reverse = reverse.replace("%(class)s", node.name.lower())
    many = "ManyToMany" in last_name(call)
    return Relation(name=name, target=target, line=call.lineno, reverse=reverse, is_many=many)


def is_column(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = last_name(value)
    from_models = isinstance(value.func, ast.Attribute) and last_name(value.func.value) == "models"
    return is_relation(value) or (from_models and name.endswith("Field"))


def meta(node: ast.ClassDef, name: str) -> ast.expr | None:
    for statement in node.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            return attribute(statement, name)
    return None
