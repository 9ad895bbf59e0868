"""Imports of another app, by name or by label; in a management command they count as that."""

import ast
from collections.abc import Iterator

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.files import Module
from strangler.survey.names import BY_LABEL, fetched, imported
from strangler.survey.project import Project
from strangler.survey.reading import Reading
from strangler.survey.statements import last_name, text_of


def import_crossings(reading: Reading) -> Iterator[Crossing]:
    """One crossing per statement and app that it reaches."""
    project = reading.project
    for module, app in project.surveyed():
        for node, dotted in reached(module):
            target = project.app_of(dotted)
            if target is not None and target != app:
                yield Crossing(
                    source=app,
                    target=target,
                    kind=_kind(module, dotted, project=project),
                    file=module.file,
                    line=node.lineno,
                    detail=_shown(node, dotted),
                )


def _kind(module: Module, dotted: str, *, project: Project) -> Kind:
    if is_door(dotted, project=project):
        return Kind.DOOR
    return Kind.COMMAND if is_command(module) else Kind.IMPORT


def is_door(dotted: str, *, project: Project) -> bool:
    """Whether the name is a door of its app, or comes out of one."""
    found = project.module_of(dotted)
    return found is not None and found.name.rpartition(".")[2] in project.choices.doors


def is_command(module: Module) -> bool:
    return ".management.commands." in f".{module.name}."


def reached(module: Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """Each name that a module asks for, types left out: they are gone when the code runs."""
    typing = {
        id(part)
        for node in module.nodes
        if isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for part in ast.walk(statement)
    }
    for node in module.nodes:
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for _, full in imported(node, module=module):
                yield node, full
        elif isinstance(node, ast.Call):
            dotted = _by_label(node)
            if dotted is not None:
                yield node, dotted


def _by_label(call: ast.Call) -> str | None:
    """A model or class that is asked for by the label of its app."""
    if last_name(call) == "get_classes" and call.args:
        place = text_of(call.args[0])
        return None if place is None else f"{BY_LABEL}{place}"
    dotted = fetched(call)
    return dotted if dotted != f"{BY_LABEL}user" else None


def _shown(node: ast.AST, dotted: str) -> str:
    if isinstance(node, ast.Call):
        return " ".join(ast.unparse(node).split())[:80]
    return f"import of {dotted}"
