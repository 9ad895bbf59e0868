"""Compares two versions of the published language as a whole, subject by subject."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from extracted.contracts.evolution.alternatives import Schema
from extracted.contracts.evolution.kinds import Reader
from extracted.contracts.evolution.operations import compare_operation, operations
from extracted.contracts.evolution.schema import differences
from extracted.contracts.evolution.verdict import Finding, judge

Verdict = Literal["unchanged", "compatible", "breaking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The published language at one revision: golden schemas by name, and the OpenAPI document."""

    schemas: Mapping[str, Schema]
    openapi: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A request, message, answer or operation, and all that was found about it."""

    kind: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        if not self.findings:
            return "unchanged"
        is_breaking = any(finding.is_breaking for finding in self.findings)
        return "breaking" if is_breaking else "compatible"


def compare(
    base: Language, tree: Language, *, reader_of: Callable[[str], Reader]
) -> tuple[Subject, ...]:
    """Judge everything that either version has."""
    return (*_messages(base, tree, reader_of), *_operations(base, tree))


def _messages(
    base: Language, tree: Language, reader_of: Callable[[str], Reader]
) -> Iterator[Subject]:
    for name in sorted(base.schemas.keys() | tree.schemas.keys()):
        reader = reader_of(name)
        one, other = base.schemas.get(name), tree.schemas.get(name)
        if one is None or other is None:
            yield _come_or_gone(str(reader), name, is_new=one is None)
            continue
        found = differences(one, other, base_root=one, tree_root=other)
        judged = tuple(judge(difference, reader=reader) for difference in found)
        yield Subject(kind=str(reader), name=name, findings=judged)


def _operations(base: Language, tree: Language) -> Iterator[Subject]:
    here, there = operations(base.openapi), operations(tree.openapi)
    for name in sorted(here.keys() | there.keys()):
        if name not in here or name not in there:
            yield _come_or_gone("operation", name, is_new=name not in here)
            continue
        documents = {"base_document": dict(base.openapi), "tree_document": dict(tree.openapi)}
        found = compare_operation(here[name], there[name], **documents)
        yield Subject(kind="operation", name=name, findings=tuple(found))


def _come_or_gone(kind: str, name: str, *, is_new: bool) -> Subject:
    what, why = ("new", "nobody knows it yet") if is_new else ("removed", "who knows it misses it")
    finding = Finding(place="", what=what, is_breaking=not is_new, why=why)
    return Subject(kind=kind, name=name, findings=(finding,))
