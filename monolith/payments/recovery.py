"""Finish what a silent provider or a crash left open."""

from dataclasses import dataclass

from extracted.contracts.payments import DOMAIN, PaymentUncertain
from monolith.payments import selectors
from monolith.payments.asking import ask
from monolith.payments.provider import Provider
from monolith.seams.fence import owned

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many open operations were answered now, and how many still wait."""

    answered: int
    uncertain: int


def settle_payments(*, older_than_s: float, provider: Provider) -> Settled:
    """Ask again about every operation that is open for so long; raises NotOwner."""
    answered = uncertain = 0
    with owned(DOMAIN):
        waiting = selectors.open_operations(older_than_s=older_than_s, limit=BATCH)
    for operation_id in waiting:
        try:
            ask(operation_id, provider=provider)
            answered += 1
        except PaymentUncertain:
            uncertain += 1
    return Settled(answered=answered, uncertain=uncertain)
