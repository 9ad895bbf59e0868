"""Buy what is in a cart: durable, done once per key, finished by whoever finds it."""

from collections.abc import Callable, Mapping
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.chassis.writes import Answer, Command, recorded
from extracted.contracts.catalog import Quote
from extracted.contracts.orders import DOMAIN, Cart, CheckOut, OrderLine
from extracted.contracts.orders import Checkout as Shown
from extracted.contracts.problems import ProblemError
from extracted.orders import carts, pricing
from extracted.orders.placing import new_id
from extracted.orders.sagas import Checkout
from extracted.orders.steps import Saga
from extracted.orders.undertaking import Step, claim, go_on

_TRIES = 3
GetQuotes = Callable[[Cart], Mapping[UUID, Quote]]


def check_out(
    saga: Saga,
    customer_id: UUID,
    asked: CheckOut,
    *,
    command: Command,
    admit: Callable[[], object],
    learn: Callable[[], object],
    quotes: GetQuotes,
) -> Answer:
    """Buy the cart; raises ProblemError, and what `admit` raises of a new purchase.

    `learn` is called before one goes on that we have not begun: whom to write to about it.

    Answers 201 with the paid order, or 202 with the checkout where only time helps.
    """
    database = saga.database

    def quoted() -> tuple[Cart, tuple[OrderLine, ...]]:
        admit()
        return _quoted(database, customer_id, quotes=quotes)

    checkout, is_ours = _begin(database, customer_id, asked, command=command, quoted=quoted)
    if not is_ours and not checkout.is_ended:
        # Begun on the other side, perhaps, which has given the writes to us since.
        learn()
        claimed = claim(database, Checkout, only=checkout.id)
        checkout, is_ours = (claimed, True) if claimed else (checkout, False)
    if is_ours:
        go_on(database, checkout, lambda: saga.run(checkout))
    return _outcome(database, checkout, command=command, is_replay=not is_ours)


def shown(checkout: Checkout) -> Shown:
    """Return the checkout as the HTTP API shows it."""
    status = {Step.DONE: "done", Step.FAILED: "failed"}.get(Step(checkout.step), "pending")
    return Shown.model_validate(
        {
            "id": checkout.id,
            "customer_id": checkout.customer_id,
            "order_id": checkout.order_id,
            "status": status,
            "total": checkout.total,
            "problem": checkout.problem_kind or None,
            "created_at": checkout.created_at,
        }
    )


def _begin(
    database: Database,
    customer_id: UUID,
    asked: CheckOut,
    *,
    command: Command,
    quoted: Callable[[], tuple[Cart, tuple[OrderLine, ...]]],
) -> tuple[Checkout, bool]:
    for _ in range(_TRIES):
        if known := _known(database, command):
            return known, False
        # Before the transaction: never wait for another process while holding locks.
        try:
            cart, lines = quoted()
        except ProblemError:
            # A twin of this request may have emptied the cart since we looked for it.
            if known := _known(database, command):
                return known, False
            raise
        row = _row(customer_id, asked, lines, command=command)
        if _took(database, row, version=cart.version):
            return row, True
    raise ProblemError("conflict", "The cart changes while it is bought.")


def _quoted(
    database: Database, customer_id: UUID, *, quotes: GetQuotes
) -> tuple[Cart, tuple[OrderLine, ...]]:
    cart = carts.get(database, customer_id)
    if not cart.lines:
        raise ProblemError("cart-empty")
    return cart, pricing.quoted(cart.lines, quotes=quotes(cart))


def _took(database: Database, row: Checkout, *, version: int) -> bool:
    """Take the lines out of the cart, if they are still what was quoted: a cart is bought once."""
    before = row.values

    def work(owned: Owned) -> bool:
        row.values = dict(before)
        if carts.locked(owned.connection, row.customer_id).version != version:
            return False
        carts.put(owned, row.customer_id, ())
        row.insert(owned)
        return True

    try:
        return write(database, DOMAIN, work)
    except psycopg.errors.UniqueViolation:
        return False  # a twin of this request was faster


def _known(database: Database, command: Command) -> Checkout | None:
    with database.transaction() as connection:
        row = Checkout.find(connection, "key = %s", command.key)
        if row is None:
            # Another kind of request may have had this key.
            recorded(connection, command)
        elif row.request_hash != command.request_hash:
            raise ProblemError("idempotency-key-reused")
    return row


def _row(
    customer_id: UUID, asked: CheckOut, lines: tuple[OrderLine, ...], *, command: Command
) -> Checkout:
    total = pricing.total_of(lines)
    return Checkout(
        values={
            "id": new_id(),
            "key": command.key,
            "request_hash": command.request_hash,
            "customer_id": customer_id,
            "client_reference": asked.client_reference,
            "card_token": asked.card_token,
            "lines": Jsonb([line.model_dump(mode="json") for line in lines]),
            "total_amount": total.amount,
            "total_currency": total.currency,
            "order_id": new_id(),
            "payment_id": new_id(),
            "reservation_id": new_id(),
            "step": Step.BEGUN.value,
            "problem_kind": "",
            "problem_detail": "",
        }
    )


def _outcome(
    database: Database, checkout: Checkout, *, command: Command, is_replay: bool
) -> Answer:
    if checkout.step == Step.FAILED:
        raise ProblemError(checkout.problem_kind, checkout.problem_detail)
    with database.transaction() as connection:
        known = recorded(connection, command)
    return Answer(
        aggregate_id=known.aggregate_id if known else checkout.id,
        version=known.version if known else checkout.version,
        status=known.status if known else 202,
        response=known.response if known else shown(checkout).model_dump(mode="json"),
        is_replay=is_replay,
    )
