"""The writes of the Payments protocol over Nameko RPC."""

from typing import Any
from uuid import UUID

from django.conf import settings
from pydantic import ValidationError

from extracted.contracts.payments import DOMAIN, Payment, error_of
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import NOT_OWNER, Refusal, Reply
from extracted.contracts.values import Money
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import Ask, Remote, RemoteUnavailable


class RemotePayments:
    """Asks the payments service, with a deadline and a circuit breaker."""

    def __init__(self, *, ask: Ask | None = None, timeout_s: float | None = None) -> None:
        timeout_s = settings.PAYMENTS_RPC_TIMEOUT_S if timeout_s is None else timeout_s
        self._remote = Remote(DOMAIN, ask=ask, timeout_s=timeout_s)

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment:
        """Reserve the amount on the card."""
        return self._ask(
            "authorize",
            payment_id=str(payment_id),
            order_id=str(order_id),
            amount=amount.model_dump(mode="json"),
            card_token=card_token,
        )

    def capture(self, *, payment_id: UUID) -> Payment:
        """Take what was authorized."""
        return self._ask("capture", payment_id=str(payment_id))

    def void(self, *, payment_id: UUID) -> Payment:
        """Let go of what was authorized."""
        return self._ask("void", payment_id=str(payment_id))

    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment:
        """Give back some of what was captured."""
        return self._ask(
            "refund",
            payment_id=str(payment_id),
            refund_id=str(refund_id),
            amount=amount.model_dump(mode="json"),
        )

    def _ask(self, method: str, **arguments: Any) -> Payment:
        found = self._remote.call(method, **arguments)
        try:
            reply = Reply.model_validate(found)
            if reply.refusal is None:
                return Payment.model_validate(reply.value)
            refused = _error_of(reply.refusal)
        except (ValidationError, LookupError, ValueError) as error:
            raise RemoteUnavailable(f"not an answer to {method}: {error}") from error
        raise refused


def _error_of(refusal: Refusal) -> Exception:
    if refusal.kind == NOT_OWNER:
        return NotOwner(DOMAIN, side="service")
    return error_of(refusal) or ProblemError(refusal.kind, refusal.detail)
