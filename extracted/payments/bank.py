"""The bank, asked over HTTP: it does each operation once, whoever of us asks for it, and may be silent."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from extracted.chassis.trust import authorities
from extracted.contracts.values import Money
from extracted.payments.domain import Kind

CONNECT_TIMEOUT_S = 0.5
# As much of a reason as the other side's column takes.
REASON_LENGTH = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Ask the bank to do something with a payment, once per `operation_id`."""

    operation_id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money
    card_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bank did, and if it refused, why."""

    operation_id: UUID
    accepted: bool
    reason: str | None


class BankSilent(Exception):
    """The bank did not answer in time; it may have done what it was asked, or not."""


class Bank:
    """Asks within a deadline, over one pool of connections."""

    def __init__(
        self, url: str, *, timeout_s: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            transport=transport,
            trust_env=False,
            verify=authorities(),
        )

    @classmethod
    def of(cls, own: Mapping[str, str]) -> "Bank":
        """Make one from BANK_URL and BANK_TIMEOUT_S."""
        return cls(own["BANK_URL"], timeout_s=float(own["BANK_TIMEOUT_S"]))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, question: Question) -> Iterable[Answer]:
        """Ask; as a rule one answer comes, and more may. Raises BankSilent for whatever is none."""
        try:
            answer = self._client.put(f"/operations/{question.operation_id}", json=_body(question))
            if answer.status_code != 200:
                # Nothing that more asking mends, but only the bank knows whether money moved.
                log.error("the bank refuses to answer", extra={"status": answer.status_code})
                raise BankSilent(f"status {answer.status_code}")
            return tuple(_answer(item) for item in answer.json()["answers"])
        except (httpx.TransportError, ValueError, KeyError, TypeError) as error:
            raise BankSilent(repr(error)) from error


def _body(question: Question) -> dict[str, Any]:
    return {
        "payment_id": str(question.payment_id),
        "kind": question.kind,
        "amount": question.amount.amount,
        "currency": question.amount.currency,
        "card_token": question.card_token,
    }


def _answer(item: dict[str, Any]) -> Answer:
    reason = item["reason"]
    return Answer(
        operation_id=UUID(item["operation_id"]),
        accepted=item["accepted"] is True,
        reason=None if reason is None else str(reason)[:REASON_LENGTH],
    )
