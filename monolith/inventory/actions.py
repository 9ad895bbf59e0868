"""What becomes of a reservation. Every function is one write transaction, done once per id."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from extracted.contracts.inventory import (
    DOMAIN,
    Reservation,
    ReservationEvent,
    ReservationLost,
    StockLine,
)
from extracted.contracts.problems import ProblemError
from monolith.inventory import levels, models, reservations, selectors
from monolith.outbox.record import Record
from monolith.seams.fence import NotOwner, owned


class NotExpired(Exception):
    """A reservation that is overdue could not be ended; its cause says why."""

    def __init__(self, reservation_id: UUID, cause: Exception) -> None:
        super().__init__(f"reservation {reservation_id} does not expire: {cause!r}")
        self.reservation_id = reservation_id


def reserve(reservation_id: UUID, *, lines: Sequence[StockLine], expires_in_s: int) -> Reservation:
    """Keep all lines or nothing; raises OutOfStock, ReservationLost or NotOwner."""
    wanted = reservations.wanted(lines)
    with owned(DOMAIN) as record:
        row = reservations.begin(reservation_id, status="held", expires_in_s=expires_in_s)
        if row is None:
            return _reserved_before(reservation_id, lines=lines)
        portions = levels.portioned(wanted, levels.locked(wanted))
        levels.move(portions, on_hand=0, reserved=1)
        reservations.keep(row, portions)
        value = selectors.reservation_value(row, kept=wanted)
        _say("stock_reserved", value, moved=portions, record=record)
        return value


def confirm(reservation_id: UUID) -> Reservation:
    """Take the goods off the shelves for good; raises ReservationLost or NotOwner."""
    with owned(DOMAIN) as record:
        row = reservations.locked_reservation(reservation_id)
        if row is not None and row.status == "confirmed":
            return selectors.reservation_value(row)
        if row is None or row.status != "held":
            standing = selectors.status_of(row) if row else None
            raise ReservationLost(reservation_id=reservation_id, standing=standing)
        portions = reservations.locked_portions(row)
        levels.move(portions, on_hand=-1, reserved=-1)
        reservations.end(row, status="confirmed")
        return _said("stock_confirmed", row, moved=portions, record=record)


def release(reservation_id: UUID, *, only_held: bool = False) -> Reservation:
    """Give the goods back, wherever they are, or only those still held; raises NotOwner."""
    over = {"released", "expired", *(["confirmed"] if only_held else [])}
    with owned(DOMAIN) as record:
        # An id nobody reserved is released too, so that a `reserve` that comes late is lost.
        row = reservations.begin(reservation_id, status="released", expires_in_s=0)
        if row is not None:
            return _said("stock_released", row, moved=(), record=record)
        row = _locked(reservation_id)
        if row.status in over:
            return selectors.reservation_value(row)
        portions = reservations.locked_portions(row)
        is_held = row.status == "held"
        levels.move(portions, on_hand=0 if is_held else 1, reserved=-1 if is_held else 0)
        reservations.end(row, status="released")
        return _said("stock_released", row, moved=portions, record=record)


def expire_one(*, besides: Iterable[UUID] = ()) -> Reservation | None:
    """End the reservation that is overdue longest; None when there is none `besides` these.

    Raises NotOwner, or NotExpired for one that was found.
    """
    row: models.Reservation | None = None
    try:
        # One per transaction: two together would lock their rows of stock in no common order.
        with owned(DOMAIN) as record:
            row = reservations.overdue(besides=besides)
            if row is None:
                return None
            portions = reservations.locked_portions(row)
            levels.move(portions, on_hand=0, reserved=-1)
            reservations.end(row, status="expired")
            return _said("stock_expired", row, moved=portions, record=record)
    except NotOwner:
        raise
    except Exception as error:
        # Without one that was found it is no reservation's fault.
        if row is None:
            raise
        raise NotExpired(row.id, error) from error


def _reserved_before(reservation_id: UUID, *, lines: Sequence[StockLine]) -> Reservation:
    row = _locked(reservation_id)
    if row.status not in {"held", "confirmed"}:
        raise ReservationLost(reservation_id=reservation_id, standing=selectors.status_of(row))
    kept = selectors.kept_by(row)
    if kept != reservations.wanted(lines):
        raise ProblemError("conflict", f"Reservation {reservation_id} keeps other goods.")
    return selectors.reservation_value(row, kept=kept)


def _locked(reservation_id: UUID) -> models.Reservation:
    row = reservations.locked_reservation(reservation_id)
    if row is None:
        msg = f"reservation {reservation_id} is gone; reservations are never deleted"
        raise RuntimeError(msg)
    return row


def _said(
    event: str, row: models.Reservation, *, moved: Iterable[levels.Portion], record: Record
) -> Reservation:
    value = selectors.reservation_value(row)
    _say(event, value, moved=moved, record=record)
    return value


def _say(
    event: str, value: Reservation, *, moved: Iterable[levels.Portion], record: Record
) -> None:
    record.with_rows(
        event,
        aggregate_id=value.id,
        payload=ReservationEvent(reservation=value),
        rows={"stock": [portion.stock_id for portion in moved], "reservation": [value.id]},
    )
