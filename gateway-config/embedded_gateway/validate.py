"""Turn what a client sent into an entity, or into Kong's list of what is wrong with it."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from embedded_gateway.entity import Entity
from embedded_gateway.errors import SchemaViolation
from embedded_gateway.plugins import GLOBAL_ONLY, OFFERED
from embedded_gateway.state import KINDS

_M = TypeVar("_M", bound=BaseModel)

_TEXTS = {
    "extra_forbidden": "unknown field",
    "missing": "required field missing",
    "string_type": "expected a string",
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "float_type": "expected a number",
    "bool_type": "expected a boolean",
    "tuple_type": "expected an array",
    "dict_type": "expected a map",
    "model_type": "expected a record",
    "model_attributes_type": "expected a record",
}


def to_entity(kind: str, data: Mapping[str, Any]) -> Entity:
    """Raise SchemaViolation with one text per field."""
    if kind == "plugins":
        data = {**data, "config": _plugin_config(data)}
    return _parse(KINDS[kind], data)


def _plugin_config(data: Mapping[str, Any]) -> dict[str, Any]:
    name = data.get("name")
    if name in GLOBAL_ONLY and (data.get("service") or data.get("route")):
        raise SchemaViolation({"name": f"the embedded gateway offers {name} for all routes only"})
    if name is None:
        raise SchemaViolation({"name": "required field missing"})
    schema = OFFERED.get(name) if isinstance(name, str) else None
    if schema is None:
        offered = ", ".join(sorted(OFFERED))
        text = f"plugin '{name}' not enabled; the embedded gateway offers: {offered}"
        raise SchemaViolation({"name": text})
    config = data.get("config")
    try:
        return _parse(schema, {} if config is None else config).model_dump(
            mode="json", by_alias=True
        )
    except SchemaViolation as refused:
        raise SchemaViolation({"config": refused.fields}) from None


def _parse(schema: type[_M], data: Any) -> _M:
    try:
        # JSON mode, because only there a strict model takes an array for a tuple.
        return schema.model_validate_json(json.dumps(data))
    except ValidationError as invalid:
        fields: dict[str, Any] = {}
        for error in invalid.errors(include_url=False):
            _put(fields, error)
        raise SchemaViolation(fields) from None


def _put(fields: dict[str, Any], error: ErrorDetails) -> None:
    text = _text(error)
    path = [part for part in error["loc"] if isinstance(part, str)]
    if not path or (error["type"] == "value_error" and path[-1] == "active"):
        _at(fields, path).setdefault("@entity", []).append(text)
        return
    index = next((part for part in error["loc"] if isinstance(part, int)), None)
    parent = _at(fields, path[:-1])
    # Kong answers for the elements of an array by an array with nulls for the good ones.
    parent[path[-1]] = text if index is None else [None] * index + [text]


def _at(fields: dict[str, Any], path: list[str]) -> dict[str, Any]:
    for part in path:
        inner = fields.setdefault(part, {})
        if not isinstance(inner, dict):
            return {}
        fields = inner
    return fields


def _text(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if error["input"] is None and kind != "missing":
        return "required field missing"
    if kind in ("literal_error", "none_required"):
        allowed = context.get("expected", "null")
        return f"the embedded gateway supports only {allowed} here"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return f"value out of range: {error['msg'].lower()}"
    return _TEXTS.get(kind, error["msg"])
