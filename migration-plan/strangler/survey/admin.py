"""Pages of the admin over another app's models, and inlines and lookups that reach into them."""

import ast
from collections.abc import Iterator

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.files import Module
from strangler.survey.models import Model
from strangler.survey.names import BY_LABEL
from strangler.survey.reading import Reading
from strangler.survey.statements import attribute, last_name, parts_of, text_of, texts_of

_LISTS = (
    "list_display",
    "list_filter",
    "list_select_related",
    "search_fields",
    "raw_id_fields",
    "autocomplete_fields",
    "readonly_fields",
    "ordering",
)

Place = tuple[str | None, int, str]


def admin_crossings(reading: Reading) -> Iterator[Crossing]:
    """One per registration, inline or list that shows another app's rows."""
    for module, app in reading.project.surveyed():
        for target, line, detail in _places(module, reading=reading):
            if target is not None and target != app:
                yield Crossing(
                    source=app,
                    target=target,
                    kind=Kind.ADMIN,
                    file=module.file,
                    line=line,
                    detail=detail,
                )


def _places(module: Module, *, reading: Reading) -> Iterator[Place]:
    for node in module.nodes:
        if isinstance(node, ast.Call):
            yield from _registered(node, module=module, reading=reading)
        elif isinstance(node, ast.ClassDef) and _is_admin(node):
            yield from _shown_in(node, module=module, reading=reading)


def _registered(call: ast.Call, *, module: Module, reading: Reading) -> Iterator[Place]:
    """`admin.site.register(Model, ...)`, `@admin.register(Model)`, and `unregister`."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in {"register", "unregister"}:
        return
    if last_name(func.value) not in {"site", "admin"} and "admin" not in last_name(func.value):
        return
    models = [part for argument in call.args for part in parts_of(argument)]
    for part in models if func.value and last_name(func.value) == "admin" else models[:1]:
        model = _model(part, module=module, reading=reading)
        if model is not None:
            yield model.app, call.lineno, f"{func.attr}s {model.name}"


def _is_admin(node: ast.ClassDef) -> bool:
    return any(last_name(base).endswith(("Admin", "Inline")) for base in node.bases)


def _shown_in(node: ast.ClassDef, *, module: Module, reading: Reading) -> Iterator[Place]:
    own = _model(attribute(node, "model"), module=module, reading=reading)
    if own is not None and any(last_name(base).endswith("Inline") for base in node.bases):
        yield own.app, node.lineno, f"{node.name} edits {own.name} inline"
    for part in parts_of(attribute(node, "inlines")):
        dotted = reading.project.names[module.name].dotted(part)
        if dotted is not None:
            yield reading.project.app_of(dotted), part.lineno, f"{node.name} has {last_name(part)}"
    model = _registered_for(node, module=module, reading=reading) or own
    for name in _LISTS if model is not None else ():
        listed = attribute(node, name)
        for text in texts_of(listed):
            path = tuple(text.lstrip("-^=@").split("__"))
            for join in reading.lookups.joined(model, path) if model and listed else ():
                yield join.right, listed.lineno if listed else 0, f"{node.name}.{name}: {text}"


def _registered_for(node: ast.ClassDef, *, module: Module, reading: Reading) -> Model | None:
    """The model of an admin class, by its decorator or by the call that names it."""
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and last_name(mark) == "register" and mark.args:
            return _model(mark.args[0], module=module, reading=reading)
    for call in module.nodes:
        if not isinstance(call, ast.Call) or last_name(call) != "register":
            continue
        if len(call.args) > 1 and last_name(call.args[1]) == node.name:
            return _model(call.args[0], module=module, reading=reading)
    return None


def _model(node: ast.expr | None, *, module: Module, reading: Reading) -> Model | None:
    text = text_of(node)
    if text is not None:
        return reading.models.of(f"{BY_LABEL}{text}")
    return reading.models.of(reading.project.names[module.name].dotted(node))
