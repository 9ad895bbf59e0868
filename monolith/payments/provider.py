"""The port to a payment provider: what we ask, what it answers, how it can fail to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from extracted.contracts.values import Money

Kind = Literal["authorize", "capture", "void", "refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Ask the provider to do something with a payment, once per `operation_id`."""

    operation_id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money
    card_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the provider did, and if it refused, why."""

    operation_id: UUID
    accepted: bool
    reason: str | None = None


class ProviderSilent(Exception):
    """The provider did not answer in time; it may have done what it was asked, or not."""


class Provider(Protocol):
    """Somebody who moves money."""

    def ask(self, question: Question) -> Iterable[Reply]:
        """Do what is asked, once per operation, and answer, as a rule once; raises ProviderSilent.

        Asked again with the same operation, answer again what was done the first time. More than
        one answer may come, also to an older question: whoever listens must not care.
        """
        ...
