"""What clients asked for and what they were told, one JSON line for each.

* **intent**: one write a person wants done once; it has one Idempotency-Key for all its attempts.
* **mark**: what the client itself made unique in the write's effect (a sku, a client reference),
  so that a doubled effect can be counted without trusting the key.
* **outcome**: the last thing the client learned: ok, refused (as it had to expect), pending (taken
  on, to be finished without it), fail, unknown, or sent (nothing at all).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self


class Kind(StrEnum):
    """What a write does; the word before the dot is the thing it does it to."""

    PRODUCT_CREATE = "product.create"
    PRODUCT_CHANGE = "product.change"
    PRODUCT_DELETE = "product.delete"
    ORDER_PLACE = "order.place"
    ORDER_CHECKOUT = "order.checkout"
    ORDER_CANCEL = "order.cancel"
    ORDER_REFUND = "order.refund"
    CART_CHANGE = "cart.change"
    STOCK_ADJUST = "stock.adjust"
    CUSTOMER_CREATE = "customer.create"


class Outcome(StrEnum):
    SENT = "sent"
    OK = "ok"
    REFUSED = "refused"
    PENDING = "pending"
    FAIL = "fail"
    UNKNOWN = "unknown"


STOPPED = "stopped"
"""Reason of an unknown outcome: the load was ended while the request was under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One write, with the last thing its client learned of it."""

    key: str
    kind: Kind
    outcome: Outcome = Outcome.SENT
    mark: str | None = None
    aggregate: str | None = None
    version: int | None = None
    status: int | None = None
    served_by: str | None = None
    replayed: bool = False
    reason: str | None = None
    attempts: int = 1
    sent_at: float = 0.0
    ended_at: float | None = None
    unknown_before: bool = False

    @property
    def acknowledged(self) -> bool:
        return self.outcome is Outcome.OK

    @property
    def failed(self) -> bool:
        """Refused, or never answered although the client asked again until its deadline."""
        if self.outcome is Outcome.UNKNOWN:
            return self.reason != STOPPED
        return self.outcome is Outcome.FAIL


class Ledger:
    """Appends lines. Each is one `write` to a file opened for appending: workers may share it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def sent(self, intent: Intent, *, attempt: int) -> None:
        """Note the intent before the request leaves: a write nobody noted could be lost unseen."""
        self._append(
            Outcome.SENT,
            intent.key,
            attempt=attempt,
            kind=intent.kind,
            mark=intent.mark,
            aggregate=intent.aggregate,
        )

    def ok(self, key: str, **learned: Any) -> None:
        self._append(Outcome.OK, key, **learned)

    def refused(self, key: str, **learned: Any) -> None:
        self._append(Outcome.REFUSED, key, **learned)

    def pending(self, key: str, **learned: Any) -> None:
        self._append(Outcome.PENDING, key, **learned)

    def fail(self, key: str, **learned: Any) -> None:
        self._append(Outcome.FAIL, key, **learned)

    def unknown(self, key: str, *, reason: str) -> None:
        self._append(Outcome.UNKNOWN, key, reason=reason)

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, event: Outcome, key: str, **fields: Any) -> None:
        line = {"at": round(time.time(), 6), "event": event, "key": key}
        line |= {name: value for name, value in fields.items() if value is not None}
        os.write(self._descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode())


def read_ledger(path: Path) -> list[Intent]:
    """Fold the lines into intents, in the order in which they were first sent."""
    intents: dict[str, Intent] = {}
    for line in _lines(path):
        key = line["key"]
        if line["event"] == Outcome.SENT:
            intents[key] = _sent(intents.get(key), line)
        elif key in intents:
            intents[key] = _learned(intents[key], line)
        else:
            raise ValueError(f"{path}: an outcome for {key}, which was never noted as sent")
    return list(intents.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            # A client that was killed may leave half a line, only at the end: the request it was
            # about to send never left.
            if line.endswith("\n"):
                yield json.loads(line)


def _sent(known: Intent | None, line: dict[str, Any]) -> Intent:
    fields = {
        "key": line["key"],
        "kind": Kind(line["kind"]),
        "mark": line.get("mark"),
        "aggregate": line.get("aggregate"),
        "attempts": line.get("attempt", 1),
        "sent_at": line["at"] if known is None else known.sent_at,
        "unknown_before": known is not None,
    }
    return Intent(**fields)


def _learned(intent: Intent, line: dict[str, Any]) -> Intent:
    event = Outcome(line["event"])
    return Intent(
        key=intent.key,
        kind=intent.kind,
        outcome=event,
        mark=intent.mark,
        aggregate=line.get("aggregate", intent.aggregate),
        version=line.get("version"),
        status=line.get("status"),
        served_by=line.get("served_by"),
        replayed=bool(line.get("replayed", False)),
        reason=line.get("reason"),
        attempts=intent.attempts,
        sent_at=intent.sent_at,
        ended_at=line["at"],
        unknown_before=intent.unknown_before or event is Outcome.UNKNOWN,
    )
