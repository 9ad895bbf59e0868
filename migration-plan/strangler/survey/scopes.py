"""Functions of a foreign module, and what is known of the variables in them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from strangler.survey.files import Module
from strangler.survey.statements import Function, top_level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """A function or method with all inside it, or what a module does when it is loaded."""

    module: Module
    name: str
    nodes: tuple[ast.AST, ...]
    function: Function | None = None
    owner: ast.ClassDef | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.module.name, self.name


def scopes_of(module: Module) -> Iterator[Scope]:
    """Each function, each method, and the rest as one."""
    functions: list[tuple[str, Function, ast.ClassDef | None]] = []
    for statement in top_level(module.tree.body):
        if isinstance(statement, Function):
            functions.append((statement.name, statement, None))
        elif isinstance(statement, ast.ClassDef):
            functions += [
                (f"{statement.name}.{part.name}", part, statement)
                for part in top_level(statement.body)
                if isinstance(part, Function)
            ]
    for name, function, owner in functions:
        nodes = tuple(part for child in function.body for part in ast.walk(child))
        yield Scope(module=module, name=name, nodes=nodes, function=function, owner=owner)
    inside = {id(function) for _, function, _ in functions}
    yield Scope(module=module, name="", nodes=tuple(_outside(module.tree, inside=inside)))


def _outside(node: ast.AST, *, inside: set[int]) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if id(child) in inside:
            assert isinstance(child, Function)  # noqa: S101 - `inside` holds nothing else
            for decorator in child.decorator_list:
                yield from ast.walk(decorator)
        else:
            yield child
            yield from _outside(child, inside=inside)
