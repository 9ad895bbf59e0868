"""Finish what a silent provider or a crash left open."""

import time
from dataclasses import dataclass

from extracted.contracts.payments import DOMAIN, PaymentUncertain
from monolith.payments import selectors
from monolith.payments.asking import ask
from monolith.payments.provider import Provider
from monolith.seams.fence import owned

BATCH = 500
# A provider that is silent about all of them must not keep the other chores from their turn.
ROUND_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many open operations were answered now, and how many still wait."""

    answered: int
    uncertain: int


def settle_payments(*, older_than_s: float, provider: Provider) -> Settled:
    """Ask again about what is open for so long, as far as a round goes; raises NotOwner."""
    answered = uncertain = 0
    ends_at = time.monotonic() + ROUND_S
    with owned(DOMAIN):
        waiting = selectors.open_operations(older_than_s=older_than_s, limit=BATCH)
    for operation_id in waiting:
        if time.monotonic() >= ends_at:
            break
        try:
            ask(operation_id, provider=provider)
            answered += 1
        except PaymentUncertain:
            uncertain += 1
    return Settled(answered=answered, uncertain=uncertain)
