"""What becomes of goods: kept, taken, given back, expired, sold out. Each is done once per id."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.contracts.inventory import (
    DOMAIN,
    AdjustStock,
    Reservation,
    ReservationEvent,
    ReservationLost,
    StockAdjusted,
    StockLine,
)
from extracted.contracts.problems import ProblemError
from extracted.inventory import domain, store
from extracted.inventory.domain import Portion
from extracted.inventory.store import Kept

# What one adjustment may take off at once; more is taken off in several.
SOLD_OUT = "sold out"


class NotExpired(Exception):
    """A reservation that is overdue could not be ended; its cause says why."""

    def __init__(self, reservation_id: UUID, cause: Exception) -> None:
        super().__init__(f"reservation {reservation_id} does not expire: {cause!r}")
        self.reservation_id = reservation_id


def reserve(
    database: Database, reservation_id: UUID, *, lines: Sequence[StockLine], expires_in_s: int
) -> Reservation:
    """Keep all lines or nothing; raises OutOfStock or ReservationLost."""
    wanted = domain.wanted(lines)
    domain.require_hold(expires_in_s)

    def work(owned: Owned) -> Reservation:
        connection = owned.connection
        kept = store.begin(connection, reservation_id, status="held", expires_in_s=expires_in_s)
        if kept is None:
            return _reserved_before(owned, reservation_id, lines=lines)
        portions = domain.portioned(wanted, store.locked(connection, wanted))
        store.move(connection, portions, on_hand=0, reserved=1)
        store.keep(connection, kept, portions)
        return _said(owned, "stock_reserved", kept, portions=portions, moved=portions)

    return write(database, DOMAIN, work)


def confirm(database: Database, reservation_id: UUID) -> Reservation:
    """Take the goods off the shelves for good; raises ReservationLost."""

    def work(owned: Owned) -> Reservation:
        kept = store.locked_reservation(owned.connection, reservation_id)
        if kept is not None and kept.status == "confirmed":
            return store.shown(owned.connection, kept, kept.portions)
        if kept is None or kept.status != "held":
            raise ReservationLost(
                reservation_id=reservation_id, standing=kept.status if kept else None
            )
        _move(owned, kept, on_hand=-1, reserved=-1)
        kept = store.end(owned.connection, kept, status="confirmed")
        return _said(owned, "stock_confirmed", kept, portions=kept.portions, moved=kept.portions)

    return write(database, DOMAIN, work)


def release(database: Database, reservation_id: UUID, *, only_held: bool = False) -> Reservation:
    """Give the goods back, wherever they are, or only those still held."""
    over = {"released", "expired", *(["confirmed"] if only_held else [])}

    def work(owned: Owned) -> Reservation:
        # An id nobody reserved is released too, so that a `reserve` that comes late is lost.
        new = store.begin(owned.connection, reservation_id, status="released", expires_in_s=0)
        if new is not None:
            return _said(owned, "stock_released", new, portions=(), moved=())
        kept = _locked(owned, reservation_id)
        if kept.status in over:
            return store.shown(owned.connection, kept, kept.portions)
        is_held = kept.status == "held"
        _move(owned, kept, on_hand=0 if is_held else 1, reserved=-1 if is_held else 0)
        kept = store.end(owned.connection, kept, status="released")
        return _said(owned, "stock_released", kept, portions=kept.portions, moved=kept.portions)

    return write(database, DOMAIN, work)


def expire_one(database: Database, *, besides: Iterable[UUID] = ()) -> bool:
    """End the reservation that is overdue longest; False when there is none `besides` these.

    Raises NotExpired for one that was found.
    """
    found: list[UUID] = []

    # One per transaction: two together would lock their rows of stock in no common order.
    def work(owned: Owned) -> bool:
        kept = store.overdue(owned.connection, besides=besides)
        if kept is None:
            return False
        found.append(kept.id)
        _move(owned, kept, on_hand=0, reserved=-1)
        kept = store.end(owned.connection, kept, status="expired")
        _said(owned, "stock_expired", kept, portions=kept.portions, moved=kept.portions)
        return True

    try:
        return write(database, DOMAIN, work)
    except Exception as error:
        # Without one that was found it is no reservation's fault.
        if not found:
            raise
        raise NotExpired(found[-1], error) from error


def sell_out(database: Database, product_id: UUID) -> int:
    """Take off what no reservation keeps, in all warehouses; returns how many."""

    def work(owned: Owned) -> int:
        levels = sorted(store.locked(owned.connection, [product_id]), key=lambda at: at.position)
        for level in (level for level in levels if level.available):
            # Not validated: what is taken off in one go may be more than a merchant may adjust.
            command = AdjustStock.model_construct(
                warehouse=level.warehouse, change=-level.available, reason="counted", note=SOLD_OUT
            )
            value = store.adjusted(owned.connection, level, command)
            owned.say(
                "stock_adjusted",
                aggregate_id=product_id,
                payload=StockAdjusted(adjustment=value),
                rows={"stock": [level.stock_id], "adjustment": [value.id]},
            )
        return sum(level.available for level in levels)

    return write(database, DOMAIN, work)


def _reserved_before(
    owned: Owned, reservation_id: UUID, *, lines: Sequence[StockLine]
) -> Reservation:
    kept = _locked(owned, reservation_id)
    if kept.status not in {"held", "confirmed"}:
        raise ReservationLost(reservation_id=reservation_id, standing=kept.status)
    known = store.shown(owned.connection, kept, kept.portions)
    if domain.wanted(known.lines) != domain.wanted(lines):
        raise ProblemError("conflict", f"Reservation {reservation_id} keeps other goods.")
    return known


def _locked(owned: Owned, reservation_id: UUID) -> Kept:
    kept = store.locked_reservation(owned.connection, reservation_id)
    if kept is None:
        msg = f"reservation {reservation_id} is gone; reservations are never deleted"
        raise RuntimeError(msg)
    return kept


def _move(owned: Owned, kept: Kept, *, on_hand: int, reserved: int) -> None:
    store.lock_portions(owned.connection, kept.portions)
    store.move(owned.connection, kept.portions, on_hand=on_hand, reserved=reserved)


def _said(
    owned: Owned, event: str, kept: Kept, *, portions: Sequence[Portion], moved: Iterable[Portion]
) -> Reservation:
    value = store.shown(owned.connection, kept, portions)
    owned.say(
        event,
        aggregate_id=value.id,
        payload=ReservationEvent(reservation=value),
        rows={"stock": [portion.stock_id for portion in moved], "reservation": [value.id]},
    )
    return value
