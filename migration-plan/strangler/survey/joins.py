"""Queries that join the tables of two apps, by lookups with `__`, by loading, or in plain SQL."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.lookups import Join
from strangler.survey.reading import Reading
from strangler.survey.scopes import Scope
from strangler.survey.statements import last_name, text_of
from strangler.survey.values import Values

_BY_KEYWORD = {"filter", "exclude", "get", "get_or_create", "update_or_create", "Q", "When"}
_BY_KEYWORD |= {"get_object_or_404", "get_list_or_404", "annotate", "aggregate", "alias"}
_BY_TEXT = {"values", "values_list", "order_by", "only", "defer", "distinct", "dates", "F"}
_BY_TEXT |= {"Count", "Sum", "Avg", "Min", "Max", "OuterRef", "Subquery", "StringAgg", "ArrayAgg"}
_LOADING = {"select_related", "prefetch_related", "Prefetch", "prefetch_related_objects"}
# Parts of a query that ask for nothing by themselves: they take the model of the query around.
_PARTS = {"Q", "When", "F", "Count", "Sum", "Avg", "Min", "Max", "Prefetch", "StringAgg"}
_PARTS |= {"ArrayAgg"}
_SQL = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO|TABLE)\s+["`]?(\w+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One path of one query, and the line it stands on."""

    path: tuple[str, ...]
    line: int
    is_loaded: bool


def join_crossings(reading: Reading) -> Iterator[Crossing]:
    """From the table on the left to the table that is joined, wherever the query is written."""
    for scope, values in reading.scopes:
        if reading.project.owner(scope.module) is None:
            continue
        parts: set[int] = set()
        for node in scope.nodes:
            if isinstance(node, ast.Call) and id(node) not in parts:
                asked = list(_asked(node, parts=parts))
                if asked:
                    yield from _of_query(node, asked, scope=scope, values=values, reading=reading)
        yield from _in_sql(scope, reading=reading)


def _asked(call: ast.Call, *, parts: set[int]) -> Iterator[Asked]:
    """The paths of a call and of the parts inside it; those are marked as seen."""
    name = last_name(call)
    texts = [(text, part.lineno) for part in call.args if (text := text_of(part)) is not None]
    if name in _BY_KEYWORD:
        named = [(keyword.arg, keyword.value.lineno) for keyword in call.keywords if keyword.arg]
        yield from (_path(text, line) for text, line in named if "__" in text)
    if name in _BY_TEXT:
        yield from (_path(text, line) for text, line in texts if "__" in text)
    if name in _LOADING:
        yield from (_path(text, line, is_loaded=True) for text, line in texts)
    for part in _parts_in(call):
        if id(part) not in parts:
            parts.add(id(part))
            yield from _asked(part, parts=parts)


def _path(text: str, line: int, *, is_loaded: bool = False) -> Asked:
    return Asked(path=tuple(text.lstrip("-+").split("__")), line=line, is_loaded=is_loaded)


def _parts_in(call: ast.Call) -> Iterator[ast.Call]:
    """Q, F and aggregates among the arguments, not those of a query inside."""
    waiting: list[ast.AST] = [*call.args, *(keyword.value for keyword in call.keywords)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and last_name(node) in _PARTS:
            yield node
        elif not _is_query(node):
            waiting.extend(ast.iter_child_nodes(node))


def _is_query(node: ast.AST) -> bool:
    known = _BY_KEYWORD | _BY_TEXT | _LOADING
    return isinstance(node, ast.Call) and last_name(node) in known - _PARTS


def _of_query(
    call: ast.Call, asked: Sequence[Asked], *, scope: Scope, values: Values, reading: Reading
) -> Iterator[Crossing]:
    value = None
    if isinstance(call.func, ast.Attribute) and last_name(call) not in _PARTS:
        value = values.of(call.func.value)
    elif last_name(call).startswith("get_") and call.args:
        value = values.of(call.args[0])
    for one in asked:
        if value is not None:
            found = list(reading.lookups.joined(value.model, one.path, is_loaded=one.is_loaded))
        else:
            found = _guessed(one, scope=scope, reading=reading)
        for join in found:
            yield _crossing(join, line=one.line, scope=scope, reading=reading)


def _guessed(one: Asked, *, scope: Scope, reading: Reading) -> list[Join]:
    """The joins of a query on a model that we do not know.

    Every model at hand that has such a relation must lead to the same apps; when only one name is
    said, every model of the project.
    """
    app = reading.project.owner(scope.module)
    bound = reading.project.names[scope.module.name].bound.values()
    named = {id(model) for dotted in bound if (model := reading.models.of(dotted))}
    ways = [
        list(reading.lookups.joined(model, one.path, is_loaded=one.is_loaded))
        for model in reading.lookups.starts(one.path[0])
        if model.app == app or id(model) in named or len(one.path) == 1
    ]
    return ways[0] if len(set(map(tuple, ways))) == 1 else []


def _crossing(join: Join, *, line: int, scope: Scope, reading: Reading) -> Crossing:
    """From the app whose code it is, when one of the tables is its own; else from the key."""
    app = reading.project.owner(scope.module)
    source = app if app in {join.left, join.right} else join.holder
    return Crossing(
        source=source or join.holder,
        target=join.left if source == join.right else join.right,
        kind=Kind.JOIN,
        file=scope.module.file,
        line=line,
        detail=f"{join.left} and {join.right} by {'__'.join(join.path)}",
    )


def _in_sql(scope: Scope, *, reading: Reading) -> Iterator[Crossing]:
    """Statements that name a table of another app than the one they are written in."""
    app = reading.project.owner(scope.module)
    for node in scope.nodes:
        for table in _tables(text_of(node) or ""):
            model = reading.models.by_table.get(table.lower())
            if app is not None and model is not None and model.app and model.app != app:
                yield Crossing(
                    source=app,
                    target=model.app,
                    kind=Kind.JOIN,
                    file=scope.module.file,
                    line=getattr(node, "lineno", 1),
                    detail=f"names the table {table.lower()}",
                )


def _tables(text: str) -> list[str]:
    """What a statement names, or a text that is a table's name and nothing else."""
    return _SQL.findall(text) + ([text] if re.fullmatch(r"[a-z]+_[a-z_]+", text) else [])
