"""Where two JSON schemas differ: pure, and careful to call a difference nobody understands OTHER.

It knows the dialect in which pydantic writes the golden schemas. A keyword it does not know is
compared as it stands.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from extracted.contracts.evolution.alternatives import Schema, by_name, follow
from extracted.contracts.evolution.kinds import Difference, Kind

_ANNOTATIONS = frozenset(
    {"title", "description", "examples", "example", "deprecated", "discriminator", "readOnly"}
)
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_ELSEWHERE = frozenset(
    {"$defs", "$ref", "anyOf", "oneOf", "type", "enum", "const", "default", "items"}
    | {"properties", "required", "additionalProperties"}
)


def differences(
    base: Schema, tree: Schema, *, base_root: Schema, tree_root: Schema
) -> list[Difference]:
    """Tell how `tree` differs from `base`; the roots hold what `$ref` points to."""
    comparison = _Comparison(base_root=base_root, tree_root=tree_root)
    return list(dict.fromkeys(comparison.of(base, tree, place="")))


class _Comparison:
    def __init__(self, *, base_root: Schema, tree_root: Schema) -> None:
        self._base_root, self._tree_root = base_root, tree_root
        self._open: set[tuple[str, str]] = set()

    def of(self, base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
        """Pair the alternatives of both sides, and compare each pair."""
        here, there = by_name(base, root=self._base_root), by_name(tree, root=self._tree_root)
        gone, new = here.keys() - there.keys(), there.keys() - here.keys()
        pairs = [(here[name], there[name]) for name in here if name in there]
        if len(gone) == len(new) == 1:
            pairs.append((here[gone.pop()], there[new.pop()]))
        for name in sorted(gone):
            yield Difference(place=place, kind=Kind.NARROWER, what=f"no {name} any more")
        for name in sorted(new):
            yield Difference(place=place, kind=Kind.WIDER, what=f"may be {name} now")
        for one, other in pairs:
            yield from self._pair(one, other, place=place)
        yield from _default(base, tree, place=place)

    def _pair(self, base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
        known = str(base.get("$ref")), str(tree.get("$ref"))
        if "$ref" in base and "$ref" in tree:
            if known in self._open:
                return
            self._open.add(known)
        yield from self._one(
            follow(base, root=self._base_root), follow(tree, root=self._tree_root), place=place
        )
        self._open.discard(known)

    def _one(self, base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
        if differing := _type(base, tree, place=place):
            yield differing
            if differing.kind is Kind.OTHER:
                return
        yield from _values(base, tree, place=place)
        for name in sorted((base.keys() | tree.keys()) - _ANNOTATIONS - _ELSEWHERE):
            yield from _limit(name, base.get(name), tree.get(name), place=place)
        yield from self._object(base, tree, place=place)
        yield from self._inner("items", base, tree, place=f"{place}[]")

    def _object(self, base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
        old, new = base.get("properties", {}), tree.get("properties", {})
        needed, needs = set(base.get("required", ())), set(tree.get("required", ()))
        for name in sorted(old.keys() | new.keys()):
            at = f"{place}.{name}" if place else name
            if name not in old:
                yield _added(at, is_required=name in needs, is_closed=_is_closed(base))
                yield from self._unnamed(base, new[name], place=at, is_base=True)
            elif name not in new:
                closed = Kind.REMOVED_FROM_CLOSED if _is_closed(tree) else Kind.REMOVED_FROM_OPEN
                yield Difference(place=at, kind=closed, what="removed field")
                yield from self._unnamed(tree, old[name], place=at, is_base=False)
            else:
                yield from _need(at, was=name in needed, is_now=name in needs)
                yield from self.of(old[name], new[name], place=at)
        yield from self._inner("additionalProperties", base, tree, place=f"{place}.*".lstrip("."))

    def _unnamed(
        self, one: Schema, named: Schema, *, place: str, is_base: bool
    ) -> Iterator[Difference]:
        """Compare a field with what the other side says of all that it does not name."""
        unnamed = one.get("additionalProperties")
        if isinstance(unnamed, dict):
            base, tree = (unnamed, named) if is_base else (named, unnamed)
            yield from self.of(base, tree, place=place)

    def _inner(self, key: str, base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
        """Compare a schema inside that may be a boolean or absent, which means: anything."""
        one, other = base.get(key, True), tree.get(key, True)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from self.of(one, other, place=place)
        elif one != other:
            is_narrower = other is False or one is True
            kind = Kind.NARROWER if is_narrower else Kind.WIDER
            yield Difference(
                place=place, kind=kind, what=f"{key} was {_short(one)}, is {_short(other)}"
            )


def _added(place: str, *, is_required: bool, is_closed: bool) -> Difference:
    if is_required:
        return Difference(place=place, kind=Kind.ADDED_REQUIRED, what="new required field")
    kind = Kind.ADDED_TO_CLOSED if is_closed else Kind.ADDED_TO_OPEN
    return Difference(place=place, kind=kind, what="new optional field")


def _need(place: str, *, was: bool, is_now: bool) -> Iterator[Difference]:
    if is_now and not was:
        yield Difference(place=place, kind=Kind.NOW_REQUIRED, what="may not be left out any more")
    if was and not is_now:
        yield Difference(place=place, kind=Kind.NOW_OPTIONAL, what="may be left out now")


def _type(base: Schema, tree: Schema, *, place: str) -> Difference | None:
    one, other = base.get("type"), tree.get("type")
    if one == other:
        return None
    wider = one == "integer" and other == "number"
    narrower = one == "number" and other == "integer"
    kind = Kind.WIDER if wider or other is None else Kind.OTHER
    kind = Kind.NARROWER if narrower or one is None else kind
    return Difference(place=place, kind=kind, what=f"type was {one or 'any'}, is {other or 'any'}")


def _values(base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
    one, other = _allowed(base), _allowed(tree)
    if other is not None and (one is None or one - other):
        gone = "any other value" if one is None else ", ".join(sorted(one - other))
        yield Difference(place=place, kind=Kind.NARROWER, what=f"removed value: {gone}")
    if one is not None and (other is None or other - one):
        new = "any value" if other is None else ", ".join(sorted(other - one))
        yield Difference(place=place, kind=Kind.WIDER, what=f"new value: {new}")


def _allowed(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(value) for value in schema["enum"]} if "enum" in schema else None


def _limit(name: str, base: Any, tree: Any, *, place: str) -> Iterator[Difference]:
    if base == tree:
        return
    kind = Kind.OTHER
    if tree is None:
        kind = Kind.WIDER
    elif base is None:
        kind = Kind.NARROWER
    elif name in _LOWER:
        kind = Kind.NARROWER if tree > base else Kind.WIDER
    elif name in _UPPER:
        kind = Kind.NARROWER if tree < base else Kind.WIDER
    yield Difference(place=place, kind=kind, what=f"{name} was {_short(base)}, is {_short(tree)}")


def _default(base: Schema, tree: Schema, *, place: str) -> Iterator[Difference]:
    if base.get("default") != tree.get("default"):
        what = f"default was {_short(base.get('default'))}, is {_short(tree.get('default'))}"
        yield Difference(place=place, kind=Kind.DEFAULT, what=what)


def _is_closed(schema: Mapping[str, Any]) -> bool:
    return schema.get("additionalProperties") is False


def _short(value: Any) -> str:
    return "absent" if value is None else json.dumps(value)[:80]
