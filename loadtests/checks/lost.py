"""Acknowledged, and not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loadtests.evidence import Command, DomainEvidence, Row
from loadtests.findings import Finding
from loadtests.ledger import Intent, Kind

# What these make carries the mark that their client gave it.
_MARKED = frozenset({Kind.PRODUCT_CREATE, Kind.ORDER_PLACE, Kind.ORDER_CHECKOUT})


def findings(intents: Sequence[Intent], case: DomainEvidence) -> Iterator[Finding]:
    copy = case.copy
    commands = {command.key: command for command in copy.commands}
    rows = {row.id: row for row in copy.rows}
    deleted = {command.aggregate_id for command in copy.commands if command.deletes}
    for intent in intents:
        if intent.acknowledged:
            command = commands.get(intent.key)
            wrong = (
                "the owner has no record of the command"
                if command is None
                else _record(intent, command) or _effect(intent, command, rows, deleted)
            )
            if wrong:
                yield Finding(check="lost", key=intent.key, detail=f"{intent.kind}: {wrong}")


def _record(intent: Intent, command: Command) -> str | None:
    """The owner has the command, with the result the client was shown."""
    if intent.aggregate is not None and command.aggregate_id != intent.aggregate:
        return f"shown as {intent.aggregate}, recorded as {command.aggregate_id}"
    if intent.version is not None and command.version != intent.version:
        return f"shown as version {intent.version}, recorded as version {command.version}"
    return None


def _effect(
    intent: Intent, command: Command, rows: dict[str, Row], deleted: set[str]
) -> str | None:
    """The row is there in this version or a later one, or was deleted by a recorded command."""
    row = rows.get(command.aggregate_id)
    if intent.kind is Kind.PRODUCT_DELETE:
        return "deleted, and still there" if row else None
    if row is None:
        return None if command.aggregate_id in deleted else "its row is missing"
    if row.version < command.version:
        return f"version {command.version} was shown, the row has only {row.version}"
    if intent.kind in _MARKED and row.mark != intent.mark:
        return f"the row is marked {row.mark}, not {intent.mark}"
    return None
