"""Values drawn by chance from a JSON schema of ours, for whoever reads what it describes."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from extracted.contracts.evolution.alternatives import by_name, follow
from extracted.contracts.values import TIMESTAMP_FORMAT

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)
# Long before the shop; naive, as the strategy wants it.
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date-time": st.datetimes(min_value=_EPOCH).map(lambda at: at.strftime(TIMESTAMP_FORMAT)),
}


def drawn_from(schema: dict[str, Any], *, root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that the schema accepts."""
    choices = list(by_name(schema, root=root).values())
    return st.one_of(*(_drawn(follow(choice, root=root), root=root) for choice in choices))


def _drawn(schema: dict[str, Any], *, root: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if schema["type"] == "object":
        return _object(schema, root=root)
    if schema["type"] == "array":
        inner, low = drawn_from(schema["items"], root=root), schema.get("minItems", 0)
        return st.lists(inner, min_size=low, max_size=min(3, schema.get("maxItems", 3)))
    plain: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(schema.get("minimum", -5), schema.get("maximum", 2**40)),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": _text(schema),
    }
    return plain[schema["type"]]


def _object(schema: dict[str, Any], *, root: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {
        name: drawn_from(inner, root=root) for name, inner in schema.get("properties", {}).items()
    }
    # What tells the alternatives of a union apart is always written, though its default is known.
    tags = {name for name, inner in schema.get("properties", {}).items() if "const" in inner}
    needed = {name: fields.pop(name) for name in tags | set(schema.get("required", ()))}
    return st.fixed_dictionaries(needed, optional=fields)


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if pattern := schema.get("pattern"):
        # Python's `$` also stands before a line end; JSON Schema's does not.
        longest = schema.get("maxLength", 64)
        exact = pattern.replace("$", r"\Z")
        return st.from_regex(exact).filter(lambda text: len(text) <= longest)
    return st.integers(schema.get("minLength", 0), 5).flatmap(
        lambda length: _TEXT.map(lambda text: text.ljust(length, "x"))
    )
