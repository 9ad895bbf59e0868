"""A schema as its alternatives, each by a name: `anyOf`, `oneOf` and lists of types are the same."""

from typing import Any

Schema = dict[str, Any]
_DESCRIBING = frozenset({"title", "description", "default", "discriminator", "$defs"})


class UnreadableSchemaError(ValueError):
    """A `$ref` leads nowhere."""


def follow(schema: Schema, *, root: Schema) -> Schema:
    """Return what a `$ref` points to; what stands beside the `$ref` counts as well."""
    seen: set[str] = set()
    while "$ref" in schema:
        reference = schema["$ref"]
        if reference in seen:
            raise UnreadableSchemaError(reference)
        seen.add(reference)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_at(reference, root), **beside}
    return schema


def by_name(schema: Schema, *, root: Schema) -> dict[str, Schema]:
    """Return the alternatives: by the name of what they refer to, or else by their type."""
    named: dict[str, Schema] = {}
    for one in _alternatives(schema, root=root):
        name = _name(one)
        while name in named:
            name += "'"
        named[name] = one
    return named


def _alternatives(schema: Schema, *, root: Schema) -> list[Schema]:
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is None and "$ref" in schema:
        meant = follow(schema, root=root)
        # A name for several things is as good as the things.
        if "anyOf" in meant or "oneOf" in meant:
            return _alternatives(meant, root=root)
    if choices is not None:
        beside = {k: v for k, v in schema.items() if k not in {"anyOf", "oneOf", *_DESCRIBING}}
        return [one | beside for choice in choices for one in _alternatives(choice, root=root)]
    if isinstance(schema.get("type"), list):
        return [schema | {"type": kind} for kind in schema["type"]]
    return [schema]


def _name(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("type", "anything"))


def _at(reference: str, root: Schema) -> Schema:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(found, dict) or part not in found:
            raise UnreadableSchemaError(reference)
        found = found[part]
    return dict(found)
