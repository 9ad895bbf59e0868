"""Executed by a side that did not own the domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from loadtests.evidence import Command, Copy, DomainEvidence, process_of, side_of
from loadtests.findings import Finding
from loadtests.ledger import Intent


def findings(intents: Sequence[Intent], case: DomainEvidence) -> Iterator[Finding]:
    owner = case.copy
    yield from _epochs(owner)
    yield from _answers(intents, owner, domain=case.domain)
    yield from _order(owner)


def _epochs(owner: Copy) -> Iterator[Finding]:
    """Each epoch is written by the side it belongs to, and none is written ahead of its time."""
    for command in owner.commands:
        if command.side != side_of(command.epoch):
            yield _finding(command.key, f"epoch {command.epoch} written by the {command.side}")
        elif command.epoch > owner.epoch:
            yield _finding(command.key, f"epoch {command.epoch} written before it was granted")


def _answers(intents: Sequence[Intent], owner: Copy, *, domain: str) -> Iterator[Finding]:
    """The side that says it has executed a write is the side the write is recorded for.

    A replay is answered by whoever holds the record, so it says nothing about the executor.
    """
    commands = {command.key: command for command in owner.commands}
    for intent in intents:
        command = commands.get(intent.key)
        if command is None or not intent.acknowledged or intent.replayed:
            continue
        if intent.served_by != process_of(command.side, domain=domain):
            detail = f"answered by {intent.served_by or 'nobody'}, recorded for the {command.side}"
            yield _finding(intent.key, detail)


def _order(owner: Copy) -> Iterator[Finding]:
    """Later versions of a row belong to the same or later epochs."""
    history: dict[str, list[Command]] = defaultdict(list)
    for command in owner.commands:
        history[command.aggregate_id].append(command)
    for commands in history.values():
        commands.sort(key=lambda command: command.version)
        for earlier, later in pairwise(commands):
            if later.epoch < earlier.epoch:
                detail = f"version {later.version} belongs to an older epoch than the one before"
                yield _finding(later.key, detail)


def _finding(key: str, detail: str) -> Finding:
    return Finding(check="wrong side", key=key, detail=detail)
