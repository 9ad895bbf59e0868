"""What payments can be asked over RPC."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from nameko.extensions import DependencyProvider
from pydantic import BaseModel, TypeAdapter

from extracted.chassis.config import Settings
from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.rpc_answer import answer
from extracted.chassis.rpc_server import rpc
from extracted.chassis.web_server import Health
from extracted.contracts.payments import CardToken, PaymentError, refusal_of
from extracted.contracts.rpc import Reply
from extracted.contracts.values import Money
from extracted.payments import paying, store
from extracted.payments.bank import Bank
from extracted.payments.store import Authorization

_CARD_TOKEN: TypeAdapter[str] = TypeAdapter(CardToken)


class BankProvider(DependencyProvider):
    """Gives workers the Bank."""

    bank: Bank

    def setup(self) -> None:
        """Prepare the client."""
        settings: Settings = self.container.config["SETTINGS"]
        self.bank = Bank.of(settings.own)

    def stop(self) -> None:
        """Close the client."""
        self.bank.close()

    def get_dependency(self, _: object) -> Bank:
        """Return the Bank."""
        return self.bank


class PaymentsService:
    """Entrypoints only; `paying` knows what becomes of money."""

    name = "payments"

    # Nameko puts the providers' dependencies in their place, worker by worker.
    database: Database = DatabaseProvider()
    bank: Bank = BankProvider()
    health = Health()

    @rpc(expected_exceptions=ValueError)
    def authorize(
        self, payment_id: str, order_id: str, amount: dict[str, Any], card_token: str
    ) -> dict[str, Any]:
        """Reserve the amount on the card, once per id."""
        wanted = Authorization(
            payment_id=UUID(payment_id),
            order_id=UUID(order_id),
            amount=Money.model_validate(amount),
            card_token=_CARD_TOKEN.validate_python(card_token),
        )
        return _answer(lambda: paying.authorize(self.database, self.bank, wanted))

    @rpc(expected_exceptions=ValueError)
    def capture(self, payment_id: str) -> dict[str, Any]:
        """Take what was authorized."""
        key = UUID(payment_id)
        return _answer(lambda: paying.capture(self.database, self.bank, key))

    @rpc(expected_exceptions=ValueError)
    def void(self, payment_id: str) -> dict[str, Any]:
        """Let go of what was authorized."""
        key = UUID(payment_id)
        return _answer(lambda: paying.void(self.database, self.bank, key))

    @rpc(expected_exceptions=ValueError)
    def refund(self, payment_id: str, refund_id: str, amount: dict[str, Any]) -> dict[str, Any]:
        """Give back some of what was captured, once per refund's id."""
        key, again, money = UUID(payment_id), UUID(refund_id), Money.model_validate(amount)
        return _answer(
            lambda: paying.refund(self.database, self.bank, key, refund_id=again, amount=money)
        )

    @rpc(expected_exceptions=ValueError)
    def of_order(self, order_id: str) -> dict[str, Any]:
        """List the payments of an order, oldest first."""
        key = UUID(order_id)
        return answer(lambda: store.of_order(self.database, key))


def _answer(work: Callable[[], BaseModel | Sequence[BaseModel]]) -> dict[str, Any]:
    try:
        return answer(work)
    except PaymentError as error:
        return Reply(refusal=refusal_of(error)).model_dump(mode="json")
