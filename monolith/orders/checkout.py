"""Buy what is in a cart: durable, done once per key, finished by whoever finds it."""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from django.db import IntegrityError
from uuid_utils.compat import uuid7

from extracted.contracts.catalog import Catalog
from extracted.contracts.orders import DOMAIN, CheckOut, Checkout, Order, OrderLine
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.catalog.seam import CATALOG
from monolith.customers import seam as customers
from monolith.orders import carts, models, pricing, steps
from monolith.orders.progress import LEASE_S, Step, go_on, leased, tell, total_of
from monolith.outbox.once import Answer, Attempt, answered
from monolith.outbox.record import Record
from monolith.seams.fence import owned

_TRIES = 3


def check_out(
    customer_id: UUID,
    command: CheckOut,
    *,
    attempt: Attempt,
    others: steps.Others,
    catalog: Catalog = CATALOG,
) -> Answer:
    """Buy the cart; raises ProblemError or NotOwner.

    Answers 201 with the paid order, or 202 with the checkout where only time helps.
    """
    checkout, is_ours = _begin(customer_id, command, attempt=attempt, catalog=catalog)
    if is_ours:
        go_on(checkout, lambda: steps.run(checkout, others=others))
    return _outcome(checkout, attempt=attempt, replayed=not is_ours)


def get(checkout_id: UUID) -> Checkout:
    """Return a checkout; raises ProblemError."""
    row = models.Checkout.objects.filter(pk=checkout_id).first()
    if row is None:
        raise ProblemError("checkout-not-found")
    return _value(row)


def _begin(
    customer_id: UUID, command: CheckOut, *, attempt: Attempt, catalog: Catalog
) -> tuple[models.Checkout, bool]:
    for _ in range(_TRIES):
        if known := _known(attempt):
            return known, False
        # Before the transaction: never wait for another process while holding locks.
        try:
            cart, lines = _quoted(customer_id, catalog=catalog)
        except ProblemError:
            # A twin of this request may have emptied the cart since we looked for it.
            if known := _known(attempt):
                return known, False
            raise
        row = _row(customer_id, command, lines, attempt=attempt, total=pricing.total_of(lines))
        try:
            with owned(DOMAIN) as record:
                if _take(customer_id, version=cart, record=record):
                    row.save(force_insert=True)
                    tell(row, record=record)
                    return row, True
        except IntegrityError:
            continue  # a twin of this request was faster
    raise ProblemError("conflict", "The cart changes while it is bought.")


def _quoted(customer_id: UUID, *, catalog: Catalog) -> tuple[int, tuple[OrderLine, ...]]:
    if not customers.is_known(customer_id):
        raise ProblemError("customer-not-found")
    cart = carts.get(customer_id)
    if not cart.lines:
        raise ProblemError("cart-empty")
    return cart.version, pricing.quoted(cart.lines, catalog=catalog)


def _take(customer_id: UUID, *, version: int, record: Record) -> bool:
    """Take the lines out of the cart, if they are still what was quoted: a cart is bought once."""
    carts.lock(customer_id)
    if carts.get(customer_id).version != version:
        return False
    models.CartLine.objects.filter(cart_id=customer_id).delete()
    carts.touch(customer_id, record=record)
    return True


def _known(attempt: Attempt) -> models.Checkout | None:
    row = models.Checkout.objects.filter(key=attempt.key).first()
    if row is None:
        # Another kind of request may have had this key.
        answered(models.Command, attempt=attempt, shape=Order)
    elif row.request_hash != attempt.request_hash:
        raise ProblemError("idempotency-key-reused")
    return row


def _row(
    customer_id: UUID,
    command: CheckOut,
    lines: tuple[OrderLine, ...],
    *,
    attempt: Attempt,
    total: Money,
) -> models.Checkout:
    return models.Checkout(
        id=uuid7(),
        key=attempt.key,
        request_hash=attempt.request_hash,
        customer_id=customer_id,
        client_reference=command.client_reference,
        card_token=command.card_token,
        lines=[line.model_dump(mode="json") for line in lines],
        total_amount=total.amount,
        total_currency=total.currency,
        order_id=uuid7(),
        payment_id=uuid7(),
        reservation_id=uuid7(),
        step=Step.BEGUN.value,
        leased_until=leased(LEASE_S),
    )


def _outcome(checkout: models.Checkout, *, attempt: Attempt, replayed: bool) -> Answer:
    if checkout.step == Step.FAILED:
        raise ProblemError(checkout.problem_kind, checkout.problem_detail)
    known = answered(models.Command, attempt=attempt, shape=Order)
    if known:
        return replace(known, replayed=replayed)
    return Answer(
        status=HTTPStatus.ACCEPTED,
        aggregate_id=checkout.id,
        version=checkout.version,
        value=_value(checkout),
        replayed=replayed,
    )


def _value(row: models.Checkout) -> Checkout:
    status = {Step.DONE: "done", Step.FAILED: "failed"}.get(Step(row.step), "pending")
    return Checkout.model_validate(
        {
            "id": row.id,
            "customer_id": row.customer_id,
            "order_id": row.order_id,
            "status": status,
            "total": total_of(row),
            "problem": row.problem_kind or None,
            "created_at": row.created_at,
        }
    )
