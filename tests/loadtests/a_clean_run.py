"""A run in which everything went well, for tests to break in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from loadtests.evidence import MONOLITH, SERVICE, Command, Copy, DomainEvidence, Row
from loadtests.ledger import Intent, Kind, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    ledger: tuple[Intent, ...]
    copy: Copy
    unsettled: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[DomainEvidence, ...]:
        case = DomainEvidence(domain="catalog", copy=self.copy, unsettled=self.unsettled)
        return (case,)

    def with_copy(self, **changes: Any) -> Run:
        return replace(self, copy=replace(self.copy, **changes))


def clean_run(*, products: int = 3, changes: int = 2) -> Run:
    """Each product is created by the monolith (epoch 1) and changed by the service (epoch 2).

    The first product is deleted in the end; one more row came with the first filling.
    """
    ledger: list[Intent] = []
    commands: list[Command] = []
    rows = [Row(id="seeded", mark="SEED-1", version=1)]
    for number in range(products):
        steps = [Kind.PRODUCT_CREATE] + [Kind.PRODUCT_CHANGE] * changes
        if number == 0:
            steps.append(Kind.PRODUCT_DELETE)
        else:
            rows.append(Row(id=f"p{number}", mark=f"LT-{number}", version=len(steps)))
        for version, kind in enumerate(steps, start=1):
            command = _command(number, version, kind)
            commands.append(command)
            ledger.append(_acknowledged(number, command, kind))
    copy = Copy(commands=tuple(commands), rows=tuple(rows), epoch=2)
    return Run(ledger=tuple(ledger), copy=copy)


def _command(number: int, version: int, kind: Kind) -> Command:
    statuses = {Kind.PRODUCT_CREATE: 201, Kind.PRODUCT_CHANGE: 200, Kind.PRODUCT_DELETE: 204}
    return Command(
        key=f"key-{number}-{version}",
        aggregate_id=f"p{number}",
        version=version,
        status=statuses[kind],
        epoch=1 if version == 1 else 2,
        side=MONOLITH if version == 1 else SERVICE,
    )


def _acknowledged(number: int, command: Command, kind: Kind) -> Intent:
    return Intent(
        key=command.key,
        kind=kind,
        outcome=Outcome.OK,
        mark=f"LT-{number}" if kind is Kind.PRODUCT_CREATE else None,
        aggregate=command.aggregate_id,
        version=None if kind is Kind.PRODUCT_DELETE else command.version,
        status=command.status,
        sent_at=10.0 * command.version,
        ended_at=10.0 * command.version + 1,
        served_by="monolith" if command.side == MONOLITH else "catalog",
    )
