"""Small questions to syntax trees."""

import ast
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = ("body", "orelse", "finalbody", "handlers")


def top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class, those under `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            for branch in _BRANCHES:
                for part in getattr(statement, branch, []):
                    if isinstance(part, ast.ExceptHandler):
                        yield from top_level(part.body)
                    else:
                        yield from top_level([part])


def text_of(node: ast.AST | None) -> str | None:
    """The value of a string literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def texts_of(node: ast.AST | None) -> list[str]:
    """The literals of a list, tuple or set, or the one literal."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return [text for part in node.elts if (text := text_of(part)) is not None]
    text = text_of(node)
    return [] if text is None else [text]


def parts_of(node: ast.AST | None) -> list[ast.expr]:
    """The elements of a list or tuple, or the one expression."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return list(node.elts)
    return [node] if isinstance(node, ast.expr) else []


def last_name(node: ast.AST) -> str:
    """`b` of `a.b`, `a` of `a`, and that of what is called; else nothing."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def argument(call: ast.Call, name: str, *, position: int | None = None) -> ast.expr | None:
    """The argument of that name, or at that position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Each name of a class or module body with what it is set to."""
    for statement in top_level(body):
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.value is not None
        ):
            yield statement.target.id, statement.value


def attribute(node: ast.ClassDef, name: str) -> ast.expr | None:
    """What a class sets this attribute to."""
    return dict(assigned(node.body)).get(name)
