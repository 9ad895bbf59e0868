"""Transactions in which the rows of more than one app are written."""

import ast
from collections.abc import Iterator

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.reading import Reading
from strangler.survey.scopes import Scope
from strangler.survey.statements import last_name
from strangler.survey.writes import Write, Writes, inside

_VIEWS = ("views", "api", "viewsets", "endpoints")


def transaction_crossings(reading: Reading) -> Iterator[Crossing]:
    """One per block and foreign app; ATOMIC_REQUESTS makes a block of each view."""
    writes = Writes(reading)
    for scope, values in reading.scopes:
        app = reading.project.owner(scope.module)
        if app is None:
            continue
        for line, nodes in _blocks(scope, reading=reading):
            found = list(writes.of(inside(nodes), scope=scope, values=values))
            yield from _met(found, app=app, line=line, scope=scope)


def _met(found: list[Write], *, app: str, line: int, scope: Scope) -> Iterator[Crossing]:
    apps = sorted({write.app for write in found})
    if len(apps) < 2:
        return
    home = app if app in apps else apps[0]
    first = {write.app: write for write in sorted(found, key=lambda write: -write.line)}
    for other in apps:
        if other != home:
            yield Crossing(
                source=home,
                target=other,
                kind=Kind.TRANSACTION,
                file=scope.module.file,
                line=line,
                detail=f"one transaction: {_shown(first[home])} and {_shown(first[other])}",
            )


def _shown(write: Write) -> str:
    return f"{write.app} by {write.detail} (line {write.line})"


def _blocks(scope: Scope, *, reading: Reading) -> Iterator[tuple[int, list[ast.AST]]]:
    """The line of each block with what is in it; blocks inside blocks are part of them."""
    names = {"atomic", *reading.project.choices.atomic}
    function = scope.function
    if function is not None:
        marks = [_opened(mark, names=names) for mark in function.decorator_list]
        by_request = reading.project.settings.is_atomic_by_request and _is_view(scope)
        if any(marks) or by_request:
            yield function.lineno, list(scope.nodes)
            return
    seen: set[int] = set()
    for node in scope.nodes:
        if not isinstance(node, (ast.With, ast.AsyncWith)) or id(node) in seen:
            continue
        if any(_opened(item.context_expr, names=names) for item in node.items):
            nodes = [part for statement in node.body for part in ast.walk(statement)]
            seen.update(map(id, nodes))
            yield node.lineno, nodes


def _opened(node: ast.expr, *, names: set[str]) -> bool:
    """`transaction.atomic`, called or not, or handed to a decorator of methods."""
    if last_name(node) == "method_decorator" and isinstance(node, ast.Call) and node.args:
        return _opened(node.args[0], names=names)
    return last_name(node) in names


def _is_view(scope: Scope) -> bool:
    """By the habit of names: nothing else tells a view from a function."""
    parts = scope.module.name.split(".")
    if not any(part.startswith(_VIEWS) for part in parts[1:]) or scope.function is None:
        return False
    marks = map(last_name, scope.function.decorator_list)
    return "non_atomic_requests" not in marks and scope.name.rpartition(".")[2][:1] != "_"
