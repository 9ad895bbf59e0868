"""Receivers that wait for what another app's models or code send."""

import ast
from collections.abc import Iterator

from strangler.survey.crossing import Crossing, Kind
from strangler.survey.files import Module
from strangler.survey.names import BY_LABEL
from strangler.survey.reading import Reading
from strangler.survey.statements import argument, last_name, parts_of, text_of


def signal_crossings(reading: Reading) -> Iterator[Crossing]:
    """One per registration and app that is listened to: by its sender, or by its own signal."""
    for module, app in reading.project.surveyed():
        for node in module.nodes:
            if not isinstance(node, ast.Call):
                continue
            signals = _signals(node)
            sender = argument(node, "sender", position=1 if last_name(node) == "connect" else None)
            for part in [*signals, *([sender] if signals and sender is not None else [])]:
                target = _app(part, module=module, reading=reading)
                if target is not None and target != app:
                    yield Crossing(
                        source=app,
                        target=target,
                        kind=Kind.SIGNAL,
                        file=module.file,
                        line=node.lineno,
                        detail=f"receives {_shown(signals)} of {ast.unparse(part)}",
                    )


def _signals(call: ast.Call) -> list[ast.expr]:
    """What `@receiver(...)` and `.connect(...)` wait for."""
    if last_name(call) == "receiver" and call.args:
        return parts_of(call.args[0])
    if isinstance(call.func, ast.Attribute) and call.func.attr == "connect" and call.args:
        return [call.func.value]
    return []


def _shown(signals: list[ast.expr]) -> str:
    return ", ".join(last_name(signal) for signal in signals)


def _app(node: ast.expr, *, module: Module, reading: Reading) -> str | None:
    text = text_of(node)
    if text is not None:
        return reading.project.app_of(f"{BY_LABEL}{text}")
    if last_name(node) == "AUTH_USER_MODEL":
        return reading.project.app_of(f"{BY_LABEL}user")
    dotted = reading.project.names[module.name].dotted(node)
    if dotted is None:
        return None
    model = reading.models.of(dotted)
    if model is not None:
        return model.app
    place = reading.project.definition(dotted)
    if place is not None:
        return reading.project.owner(place.module)
    return reading.project.app_of(dotted)
