"""Finish what a crash, or another service that did not answer, left halfway; cancel what nobody paid.

A Nameko process of its own and not a plain one: going on with a purchase asks other services over RPC.
"""

import logging
import time
from collections.abc import Callable

from nameko.timer import timer

from extracted.chassis.database import Database, DatabaseProvider
from extracted.chassis.owned import Owned, write
from extracted.chassis.remote import Remote, RemoteProvider
from extracted.chassis.web_server import Health
from extracted.contracts.orders import DOMAIN
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from extracted.orders import customers, refunds, store
from extracted.orders.domain import Status
from extracted.orders.others import Goods, Others, Purse
from extracted.orders.sagas import Checkout, Refund
from extracted.orders.service import PAYMENTS_TIMEOUT_S
from extracted.orders.steps import Saga
from extracted.orders.telling import tell
from extracted.orders.undertaking import Undertaking, claim, go_on

SETTLE_EVERY_S = 1.0
CANCEL_EVERY_S = 600.0
UNPAID_DAYS = 2
# Orders that nobody paid, at a stretch.
AT_ONCE = 200
# A bank that is silent about all purchases must not keep the refunds from their turn.
ROUND_S = 10.0
# What a checkout placed is the checkout's to finish.
_UNPAID = (
    "SELECT id, customer_id FROM orders.purchase p WHERE status = 'placed' "
    "AND placed_at < statement_timestamp() - make_interval(days => %s) "
    "AND NOT EXISTS (SELECT 1 FROM orders.checkout c WHERE c.order_id = p.id) ORDER BY id LIMIT %s"
)

log = logging.getLogger(__name__)


class OrdersChores:
    """Timers only; any number of these may run at once."""

    name = "orders"

    database: Database = DatabaseProvider()
    inventory: Remote = RemoteProvider("inventory")
    payments: Remote = RemoteProvider("payments", timeout_s=PAYMENTS_TIMEOUT_S)
    is_leaving: Callable[[], bool] = Health()

    @timer(interval=SETTLE_EVERY_S, eager=True)
    def settle(self) -> None:
        """Go on with every purchase and refund that nobody works on."""
        saga = self._saga()
        self._settle(Checkout, saga.run)
        self._settle(Refund, lambda row: refunds.run(saga, row))

    @timer(interval=CANCEL_EVERY_S, eager=True)
    def cancel_unpaid(self) -> None:
        """Cancel what nobody paid, and give back what is kept under their ids."""
        goods = self._saga().others.goods
        for order_id, customer_id in self.database.read(_UNPAID, (UNPAID_DAYS, AT_ONCE)):
            if self.is_leaving():
                return
            customer = customers.remembered(self.database, customer_id)

            def work(owned: Owned) -> None:
                present = store.locked(owned.connection, order_id)  # noqa: B023 - used at once
                gone = store.become(owned.connection, present, Status.CANCELLED)
                tell(owned, gone, customer=customer)  # noqa: B023 - likewise

            try:
                write(self.database, DOMAIN, work)
                # After the commit: a crash in between leaves goods that are kept until they expire.
                goods.release(reservation_id=order_id)
            except (ProblemError, Unanswered) as error:
                log.info("not canceled", extra={"order": str(order_id), "reason": str(error)})

    def _settle(self, kind: type[Undertaking], run: Callable[..., None]) -> None:
        ends_at = time.monotonic() + ROUND_S
        while time.monotonic() < ends_at and not self.is_leaving():
            row = claim(self.database, kind)
            if row is None:
                return
            try:
                go_on(self.database, row, lambda row=row: run(row))  # type: ignore[misc]
            except Exception:
                # One that cannot be finished must not hold up the others; its lease runs, then it
                # comes again.
                log.exception("could not be settled")

    def _saga(self) -> Saga:
        others = Others(goods=Goods(self.inventory), money=Purse(self.payments))
        return Saga(database=self.database, others=others)
