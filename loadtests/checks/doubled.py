"""One intent, more than one effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from loadtests.evidence import Command, Copy, DomainEvidence
from loadtests.findings import Finding
from loadtests.ledger import Intent


def findings(intents: Sequence[Intent], case: DomainEvidence) -> Iterator[Finding]:
    owner = case.copy
    yield from _marks(owner)
    yield from _keys(owner)
    history: dict[str, list[Command]] = defaultdict(list)
    for command in owner.commands:
        if 200 <= command.status < 300:
            history[command.aggregate_id].append(command)
    yield from _intents(intents, owner, history)
    if case.is_commanded:
        yield from _versions(owner, history)


def _marks(copy: Copy) -> Iterator[Finding]:
    """What clients made unique is unique."""
    counts = Counter(row.mark for row in copy.rows if row.mark is not None)
    for mark, count in counts.items():
        if count > 1:
            yield _finding(mark, f"{count} rows carry this mark")


def _keys(copy: Copy) -> Iterator[Finding]:
    """A key is recorded once."""
    for key, count in Counter(command.key for command in copy.commands).items():
        if count > 1:
            yield _finding(key, f"{count} records of this command")


def _intents(
    intents: Sequence[Intent], owner: Copy, history: dict[str, list[Command]]
) -> Iterator[Finding]:
    """A row that an intent made was made under that intent's key, and under no other."""
    made_as = {row.mark: row.id for row in owner.rows if row.mark is not None}
    for intent in intents:
        made = made_as.get(intent.mark) if intent.mark is not None else None
        for command in history.get(made, ()) if made is not None else ():
            if command.creates and command.key != intent.key:
                yield _finding(intent.key, f"also done under the key {command.key}")


def _versions(owner: Copy, history: dict[str, list[Command]]) -> Iterator[Finding]:
    """A version is made by one command, or by its domain unasked; a command makes one version."""
    for aggregate, commands in history.items():
        for version, count in Counter(command.version for command in commands).items():
            if count > 1:
                yield _finding(aggregate, f"{count} commands made version {version}")
    for row in owner.rows:
        commands = history.get(row.id, [])
        # A row that no command made came with the first filling, as version 1.
        first = 0 if any(command.creates for command in commands) else 1
        explained = first + len(commands) + row.unasked
        if row.version != explained:
            detail = f"version {row.version}, explained are {explained}"
            yield _finding(row.id, detail)


def _finding(key: str, detail: str) -> Finding:
    return Finding(check="doubled", key=key, detail=detail)
