"""In which fields two answers differ, and which of these say nothing. Pure.

A field is a path: `items[].price.amount`; all elements of a list are one field. A difference counts unless
it is *declared* (known, and said why) or *noise* (our own answers to the same, while nothing is written,
differ in it from each other). The baseline of old against old is Twitter's: `Diffy`, 2015.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

STATUS = "(status)"
BODY = "(body)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A field in which the service may answer otherwise, with all that is below it, and why."""

    route: str
    field: str
    because: str


def differing(own: Any, theirs: Any) -> frozenset[str]:
    """Name the fields in which two JSON values differ; lists are compared element by element."""
    return frozenset(_differing(own, theirs, at=""))


def declared(fields: Iterable[str], known: Iterable[Known]) -> dict[str, str]:
    """Choose the fields that a declaration names, or stands above; with the reason."""
    return {f: one.because for one in known for f in fields if _is_below(f, one.field)}


def noisy(fields: Iterable[str], noise: Iterable[str]) -> frozenset[str]:
    """Choose the fields that are noise, or lie below what is; the length of a list says nothing of its elements."""
    return frozenset(
        f for n in noise for f in fields if f == n or (_is_below(f, n) and not n.endswith("[]"))
    )


def _is_below(field: str, other: str) -> bool:
    return field.startswith(other) and field[len(other) :][:1] in {"", ".", "["}


def _differing(own: Any, theirs: Any, *, at: str) -> Iterator[str]:
    if isinstance(own, dict) and isinstance(theirs, dict):
        for name in own.keys() | theirs.keys():
            field = f"{at}.{name}" if at else name
            if name in own and name in theirs:
                yield from _differing(own[name], theirs[name], at=field)
            else:
                yield field
    elif isinstance(own, list) and isinstance(theirs, list):
        if len(own) != len(theirs):
            yield f"{at}[]"
        for ours, other in zip(own, theirs, strict=False):
            yield from _differing(ours, other, at=f"{at}[]")
    # To Python true and 1 are equal, to a reader of JSON they are not.
    elif own != theirs or isinstance(own, bool) is not isinstance(theirs, bool):
        yield at or BODY
