"""The only door into payments for the monolith's other apps; it asks whoever owns the writes."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from extracted.contracts.payments import DOMAIN, Payment, Payments, PaymentUncertain
from extracted.contracts.rpc import Unanswered
from extracted.contracts.values import Money
from monolith.payments.asking import require_no_transaction
from monolith.payments.local import LocalPayments
from monolith.payments.remote import RemotePayments
from monolith.seams.either import Either
from monolith.seams.where import Where


class Writes(Protocol):
    """What only the owner can do."""

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment: ...
    def capture(self, *, payment_id: UUID) -> Payment: ...
    def void(self, *, payment_id: UUID) -> Payment: ...
    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment: ...


class PaymentsSeam:
    """Writes at the owner, and reads from our tables: while the service owns, they are a copy.

    A request that loses its owner while the provider is asked is sent to the next one, which finds
    it open and asks the provider under the same id. Where nobody answers in time, nobody knows
    whether money moved: that is PaymentUncertain, as when the provider is silent.
    """

    def __init__(self, sides: Either[Writes], *, local: Payments) -> None:
        self._sides = sides
        self._local = local

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment:
        """Reserve the amount on the card."""
        return self._ask(
            payment_id,
            lambda side: side.authorize(
                payment_id=payment_id, order_id=order_id, amount=amount, card_token=card_token
            ),
        )

    def capture(self, *, payment_id: UUID) -> Payment:
        """Take what was authorized."""
        return self._ask(payment_id, lambda side: side.capture(payment_id=payment_id))

    def void(self, *, payment_id: UUID) -> Payment:
        """Let go of what was authorized."""
        return self._ask(payment_id, lambda side: side.void(payment_id=payment_id))

    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment:
        """Give back some of what was captured."""
        return self._ask(
            payment_id,
            lambda side: side.refund(payment_id=payment_id, refund_id=refund_id, amount=amount),
        )

    def of_order(self, *, order_id: UUID) -> tuple[Payment, ...]:
        """Return the payments of an order, as far as they have come to us, oldest first."""
        return self._local.of_order(order_id=order_id)

    def _ask(self, payment_id: UUID, question: Callable[[Writes], Payment]) -> Payment:
        require_no_transaction()
        try:
            return self._sides.ask(question)
        except Unanswered as error:
            raise PaymentUncertain(payment_id) from error


WHERE = Where(DOMAIN)
LOCAL = LocalPayments()
PAYMENTS: Payments = PaymentsSeam(
    Either(domain=DOMAIN, local=LOCAL, remote=RemotePayments(), where=WHERE), local=LOCAL
)
