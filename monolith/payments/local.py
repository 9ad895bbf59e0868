"""The Payments protocol over our own tables and the provider of the settings."""

from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from extracted.contracts.payments import Payment
from extracted.contracts.values import Money
from monolith.payments import actions, selectors
from monolith.payments.provider import Provider


class LocalPayments:
    """Asks the provider itself."""

    def __init__(self, provider: Provider | None = None) -> None:
        self._given = provider

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment:
        """Reserve the amount on the card."""
        return actions.authorize(
            payment_id=payment_id,
            order_id=order_id,
            amount=amount,
            card_token=card_token,
            provider=self.provider,
        )

    def capture(self, *, payment_id: UUID) -> Payment:
        """Take what was authorized."""
        return actions.capture(payment_id=payment_id, provider=self.provider)

    def void(self, *, payment_id: UUID) -> Payment:
        """Let go of what was authorized."""
        return actions.void(payment_id=payment_id, provider=self.provider)

    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment:
        """Give back some of what was captured."""
        return actions.refund(
            payment_id=payment_id, refund_id=refund_id, amount=amount, provider=self.provider
        )

    def of_order(self, *, order_id: UUID) -> tuple[Payment, ...]:
        """Return the payments of an order, oldest first."""
        return selectors.payments_of_order(order_id)

    @cached_property
    def provider(self) -> Provider:
        """Whom to ask: given, or named by the settings."""
        return self._given or _from_settings()


def _from_settings() -> Provider:
    provider: Provider = import_string(settings.PAYMENT_PROVIDER)()
    return provider
