"""Two databases that should hold the same, and do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loadtests.evidence import Copy, DomainEvidence
from loadtests.findings import Finding
from loadtests.ledger import Intent


def findings(_: Sequence[Intent], case: DomainEvidence) -> Iterator[Finding]:
    """Keys and versions of rows and commands are the same in the replica of a followed owner."""
    owner = case.copies[case.owner]
    if not owner.followed:
        return
    for side, copy in case.copies.items():
        if side != case.owner:
            yield from _compare(_rows(owner), _rows(copy), what="row", side=side)
            yield from _compare(_commands(owner), _commands(copy), what="command", side=side)


_Versions = dict[str, tuple[object, ...]]


def _rows(copy: Copy) -> _Versions:
    return {row.id: (row.version, row.mark) for row in copy.rows}


def _commands(copy: Copy) -> _Versions:
    return {
        command.key: (command.aggregate_id, command.version, command.epoch, command.side)
        for command in copy.commands
    }


def _compare(owner: _Versions, replica: _Versions, *, what: str, side: str) -> Iterator[Finding]:
    for key, version in owner.items():
        if key not in replica:
            yield _finding(key, f"{what} is missing in the {side}'s database")
        elif replica[key] != version:
            yield _finding(key, f"{what} is {version} at the owner, {replica[key]} at the {side}")
    for key in replica.keys() - owner.keys():
        yield _finding(key, f"{what} is in the {side}'s database only")


def _finding(key: str, detail: str) -> Finding:
    return Finding(check="unequal", key=key, detail=detail)
