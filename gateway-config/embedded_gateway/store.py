"""The entities on disk: one JSON file, replaced as a whole."""

import json
from pathlib import Path
from typing import Any

import orjson

from embedded_gateway.durable import write_atomically
from embedded_gateway.errors import SchemaViolation
from embedded_gateway.state import KINDS, State
from embedded_gateway.validate import to_entity

_FORMAT = 1


class UnreadableStore(Exception):
    """The file exists and is not what this version wrote."""


def load(path: Path) -> State:
    """A missing file is an empty gateway; a damaged one is never taken for that."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return State()
    except ValueError as broken:
        raise UnreadableStore(f"{path} is not JSON: {broken}") from broken
    if document.get("format") != _FORMAT:
        raise UnreadableStore(f"{path} has format {document.get('format')}, not {_FORMAT}")
    return _state(path, document)


def save(path: Path, state: State) -> None:
    """Survives a crash and a power cut."""
    document: dict[str, Any] = {"format": _FORMAT}
    for kind in KINDS:
        document[kind] = [entity.wire() for entity in state.of(kind).values()]
    write_atomically(path, orjson.dumps(document), sync=True)


def _state(path: Path, document: dict[str, Any]) -> State:
    state = State()
    try:
        for kind in KINDS:
            for data in document.get(kind, []):
                state = state.with_entity(kind, to_entity(kind, data))
    except SchemaViolation as refused:
        raise UnreadableStore(f"{path}: {refused}") from refused
    return state
