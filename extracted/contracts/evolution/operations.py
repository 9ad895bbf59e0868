"""Where two OpenAPI documents differ, operation by operation.

The comparison of oasdiff and its like, for what our documents use: there is none to be had from PyPI
that knows OpenAPI 3.1.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from extracted.contracts.evolution.alternatives import Schema
from extracted.contracts.evolution.kinds import Reader
from extracted.contracts.evolution.schema import differences
from extracted.contracts.evolution.verdict import Finding, judge

_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
_COMPLETE = "who asks as before is answered as before"
_REFUSED = "who asks as before is refused"


def operations(document: Mapping[str, Any]) -> dict[str, Schema]:
    """Return each operation by `GET /path`, with the parameters of its path."""
    found = {}
    for path, item in document.get("paths", {}).items():
        for method in item.keys() & _METHODS:
            shared = [*item.get("parameters", ()), *item[method].get("parameters", ())]
            found[f"{method.upper()} {path}"] = item[method] | {"parameters": shared}
    return found


def compare_operation(
    base: Schema, tree: Schema, *, base_document: Schema, tree_document: Schema
) -> list[Finding]:
    """Judge all differences of an operation that both documents have."""
    roots = {"base_root": base_document, "tree_root": tree_document}
    return [
        *_identity(base, tree),
        *_parameters(base, tree, roots=roots),
        *_body(base.get("requestBody"), tree.get("requestBody"), roots=roots),
        *_answers(base.get("responses", {}), tree.get("responses", {}), roots=roots),
    ]


def _identity(base: Schema, tree: Schema) -> Iterator[Finding]:
    one, other = base.get("operationId"), tree.get("operationId")
    if one != other:
        yield _breaking(
            "", f"was called {one}, is {other}", "generated clients call it by its name"
        )
    # Any one of the list will do; no list, or `{}` in it, asks for nothing.
    before, now = base.get("security") or [{}], tree.get("security") or [{}]
    if {} not in now and any(way not in now for way in before):
        yield _breaking("", "asks for another proof of who it is", _REFUSED)
    elif before != now:
        yield _compatible("", "may be asked in other ways", _COMPLETE)


def _parameters(base: Schema, tree: Schema, *, roots: dict[str, Schema]) -> Iterator[Finding]:
    here, there = _by_place(base), _by_place(tree)
    for place in sorted(here.keys() | there.keys()):
        one, other = here.get(place), there.get(place)
        if other is None:
            yield _breaking(place, "removed parameter", "unknown parameters are refused")
        elif one is None:
            needed = bool(other.get("required"))
            make = _breaking if needed else _compatible
            what = "new required parameter" if needed else "new optional parameter"
            yield make(place, what, _REFUSED if needed else _COMPLETE)
        else:
            yield from _required(place, one, other)
            yield from _schemas(place, one, other, reader=Reader.REQUEST, roots=roots)


def _body(
    base: Schema | None, tree: Schema | None, *, roots: dict[str, Schema]
) -> Iterator[Finding]:
    place = "body"
    if base is None or tree is None:
        if base is not None:
            yield _breaking(place, "takes no body any more", "who sends one is refused")
        elif tree is not None:
            needed = bool(tree.get("required"))
            make = _breaking if needed else _compatible
            yield make(place, "takes a body", "who sends none is refused" if needed else _COMPLETE)
        return
    yield from _required(place, base, tree)
    yield from _contents(place, base, tree, reader=Reader.REQUEST, roots=roots)


def _answers(base: Schema, tree: Schema, *, roots: dict[str, Schema]) -> Iterator[Finding]:
    for status in sorted(base.keys() | tree.keys()):
        place, is_success = f"answer {status}", status.startswith(("2", "default"))
        if status not in tree and is_success:
            yield _breaking(place, "is not given any more", "clients wait for it")
        elif status not in tree:
            yield _compatible(place, "is not given any more", "nobody waits for a refusal")
        elif status not in base and is_success:
            yield _breaking(place, "new", "clients do not expect it")
        elif status not in base:
            yield _compatible(place, "new", "clients know its class (RFC 9110)")
        else:
            yield from _headers(place, base[status], tree[status])
            yield from _contents(
                place, base[status], tree[status], reader=Reader.ANSWER, roots=roots
            )


def _headers(place: str, base: Schema, tree: Schema) -> Iterator[Finding]:
    one, other = base.get("headers", {}).keys(), tree.get("headers", {}).keys()
    for name in sorted(one - other):
        yield _breaking(f"{place} {name}", "removed header", "who reads as before misses it")
    for name in sorted(other - one):
        yield _compatible(f"{place} {name}", "new header", "clients ignore what they do not know")


def _contents(
    place: str, base: Schema, tree: Schema, *, reader: Reader, roots: dict[str, Schema]
) -> Iterator[Finding]:
    one, other = base.get("content", {}), tree.get("content", {})
    for kind in sorted(one.keys() | other.keys()):
        if kind not in other:
            yield _breaking(f"{place} {kind}", "removed media type", "who wants it gets none")
        elif kind not in one:
            yield _compatible(f"{place} {kind}", "new media type", _COMPLETE)
        else:
            yield from _schemas(place, one[kind], other[kind], reader=reader, roots=roots)


def _schemas(
    place: str, base: Schema, tree: Schema, *, reader: Reader, roots: dict[str, Schema]
) -> Iterator[Finding]:
    for difference in differences(base.get("schema", {}), tree.get("schema", {}), **roots):
        found = judge(difference, reader=reader)
        at = f"{place}: {found.place}" if found.place else place
        yield Finding(place=at, what=found.what, is_breaking=found.is_breaking, why=found.why)


def _required(place: str, base: Schema, tree: Schema) -> Iterator[Finding]:
    was, is_now = bool(base.get("required")), bool(tree.get("required"))
    if is_now and not was:
        yield _breaking(place, "may not be left out any more", _REFUSED)
    elif was and not is_now:
        yield _compatible(place, "may be left out now", "what was accepted is accepted")


def _by_place(operation: Schema) -> dict[str, Schema]:
    return {f"{one['in']} {one['name']}": one for one in operation["parameters"]}


def _breaking(place: str, what: str, why: str) -> Finding:
    return Finding(place=place, what=what, is_breaking=True, why=why)


def _compatible(place: str, what: str, why: str) -> Finding:
    return Finding(place=place, what=what, is_breaking=False, why=why)
