"""The saga of a purchase: orchestrated, durable, and safe to go on with after a crash at any step.

    begun -> reserved -> authorized -> placed -> confirmed -> done
      |          |                       |           |
      +----------+------> undoing <------+-----------+
                             |
                             v
                           failed

A step asks another service first and is noted afterwards, with the ids under which it asked noted
before. So whoever finds a checkout after a crash repeats the step it stands at, and the other service,
which knows the id, answers as it did. Nobody is asked inside a transaction of ours.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned
from extracted.chassis.writes import Command, Effect, record_command
from extracted.contracts.inventory import StockLine
from extracted.contracts.orders import OrderItem
from extracted.contracts.payments import PaymentDeclined, PaymentNotFound, PaymentRefused
from extracted.contracts.problems import ProblemError
from extracted.orders import carts, customers, store
from extracted.orders.domain import Purchase, Status, placed_data
from extracted.orders.others import Others
from extracted.orders.sagas import Checkout, Refund
from extracted.orders.telling import tell
from extracted.orders.undertaking import Step

log = logging.getLogger(__name__)

HOLD_S = 15 * 60
_IS_NOTED = "SELECT 1 FROM orders.command WHERE key = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """One purchase, and all that it needs to go on."""

    database: Database
    others: Others

    def run(self, checkout: Checkout) -> None:
        """Go on until the end.

        Raises PaymentUncertain or Unanswered where only time helps, Overtaken.
        """
        while act := _ACTS.get(Step(checkout.step)):
            act(self, checkout)

    def reserve(self, checkout: Checkout) -> None:
        """Keep the goods."""
        lines = [
            StockLine(product_id=line.product_id, quantity=line.quantity)
            for line in checkout.bought
        ]
        try:
            self.others.goods.reserve(
                reservation_id=checkout.reservation_id, lines=lines, expires_in_s=HOLD_S
            )
        except ProblemError as refusal:
            self._give_up(checkout, refusal)
        else:
            checkout.move_alone(self.database, Step.RESERVED)

    def authorize(self, checkout: Checkout) -> None:
        """Reserve the money."""
        try:
            self.others.money.authorize(
                payment_id=checkout.payment_id,
                order_id=checkout.order_id,
                amount=checkout.total,
                card_token=checkout.card_token,
            )
        except (PaymentDeclined, PaymentRefused) as refusal:
            self._give_up(checkout, _declined(refusal))
        else:
            checkout.move_alone(self.database, Step.AUTHORIZED)

    def place(self, checkout: Checkout) -> None:
        """Write the order."""
        customer = customers.remembered(self.database, checkout.customer_id)

        def work(owned: Owned) -> None:
            checkout.move(owned, Step.PLACED)
            data = placed_data(
                customer_id=checkout.customer_id,
                client_reference=checkout.client_reference,
                lines=checkout.bought,
                total=checkout.total,
            )
            purchase = store.begin(owned.connection, checkout.order_id, data)
            tell(owned, purchase, customer=customer)

        checkout.write(self.database, work)

    def confirm(self, checkout: Checkout) -> None:
        """Take the goods, before the money: goods can be given back in silence, money cannot."""
        try:
            self.others.goods.confirm(reservation_id=checkout.reservation_id)
        except ProblemError as refusal:
            self._give_up(checkout, refusal)
        else:
            checkout.move_alone(self.database, Step.CONFIRMED)

    def capture(self, checkout: Checkout) -> None:
        """Take the money, and be done."""
        try:
            self.others.money.capture(payment_id=checkout.payment_id)
        except (PaymentDeclined, PaymentRefused, PaymentNotFound) as refusal:
            self._give_up(checkout, _declined(refusal))
            return
        customer = customers.remembered(self.database, checkout.customer_id)

        def work(owned: Owned) -> None:
            checkout.move(owned, Step.DONE, card_token="")
            present = store.locked(owned.connection, checkout.order_id)
            paid = store.become(owned.connection, present, Status.PAID)
            note(owned, checkout, paid, status=201)
            tell(owned, paid, customer=customer, also={"command": [checkout.key]})

        checkout.write(self.database, work)

    def undo(self, checkout: Checkout) -> None:
        """Compensate what was done, last first."""
        try:
            self.others.money.void(payment_id=checkout.payment_id)
        except PaymentNotFound:
            pass  # it may never have come to that
        except PaymentRefused:
            # What cannot be let go was not taken either, and lapses at the bank; the rest goes on.
            log.exception("not voided", extra={"payment": str(checkout.payment_id)})
        self.others.goods.release(reservation_id=checkout.reservation_id)
        customer = customers.remembered(self.database, checkout.customer_id)
        wanted = [
            OrderItem(product_id=line.product_id, quantity=line.quantity)
            for line in checkout.bought
        ]

        def work(owned: Owned) -> None:
            checkout.move(owned, Step.FAILED, card_token="")
            if store.load(owned.connection, checkout.order_id) is not None:
                present = store.locked(owned.connection, checkout.order_id)
                gone = store.become(owned.connection, present, Status.CANCELLED)
                tell(owned, gone, customer=customer)
            carts.give_back(owned, checkout.customer_id, wanted)

        checkout.write(self.database, work)

    def _give_up(self, checkout: Checkout, refusal: ProblemError) -> None:
        checkout.move_alone(
            self.database,
            Step.UNDOING,
            problem_kind=refusal.kind,
            problem_detail=refusal.detail,
        )


_ACTS: Mapping[Step, Callable[[Saga, Checkout], None]] = {
    Step.BEGUN: Saga.reserve,
    Step.RESERVED: Saga.authorize,
    Step.AUTHORIZED: Saga.place,
    Step.PLACED: Saga.confirm,
    Step.CONFIRMED: Saga.capture,
    Step.UNDOING: Saga.undo,
}


def note(owned: Owned, row: Checkout | Refund, purchase: Purchase, *, status: int) -> None:
    """Remember what the key of an undertaking is answered."""
    if owned.connection.execute(_IS_NOTED, (row.key,)).fetchone():
        # Another request came with our key meanwhile and was answered first. Ours moves money: it
        # must end, with or without a note.
        return
    command = Command(domain=owned.domain, key=row.key, request_hash=row.request_hash)
    effect = Effect(
        aggregate_id=purchase.id,
        version=purchase.version,
        status=status,
        event="",
        response=purchase.shown().model_dump(mode="json"),
    )
    record_command(owned.connection, command, effect, owned.epoch)


def _declined(refusal: Exception) -> ProblemError:
    return ProblemError("payment-declined", f"{str(refusal).capitalize()}.")
