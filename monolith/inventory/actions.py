"""What becomes of a reservation. Every function is one write transaction, done once per id."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from monolith.contracts.inventory import Reservation, ReservationLost, StockLine
from monolith.contracts.problems import ProblemError
from monolith.inventory import levels, models, reservations, selectors


class NotExpired(Exception):
    """A reservation that is overdue could not be ended; its cause says why."""

    def __init__(self, reservation_id: UUID, cause: Exception) -> None:
        super().__init__(f"reservation {reservation_id} does not expire: {cause!r}")
        self.reservation_id = reservation_id


def reserve(reservation_id: UUID, *, lines: Sequence[StockLine], expires_in_s: int) -> Reservation:
    """Keep all lines or nothing; raises OutOfStock or ReservationLost."""
    wanted = reservations.wanted(lines)
    with transaction.atomic():
        row = reservations.begin(reservation_id, status="held", expires_in_s=expires_in_s)
        if row is None:
            return _reserved_before(reservation_id, lines=lines)
        portions = levels.portioned(wanted, levels.locked(wanted))
        levels.move(portions, on_hand=0, reserved=1)
        reservations.keep(row, portions)
        return selectors.reservation_value(row, kept=wanted)


def confirm(reservation_id: UUID) -> Reservation:
    """Take the goods off the shelves for good; raises ReservationLost."""
    with transaction.atomic():
        row = reservations.locked_reservation(reservation_id)
        if row is not None and row.status == "confirmed":
            return selectors.reservation_value(row)
        if row is None or row.status != "held":
            standing = selectors.status_of(row) if row else None
            raise ReservationLost(reservation_id=reservation_id, standing=standing)
        portions = reservations.locked_portions(row)
        levels.move(portions, on_hand=-1, reserved=-1)
        reservations.end(row, status="confirmed")
        return selectors.reservation_value(row)


def release(reservation_id: UUID, *, only_held: bool = False) -> Reservation:
    """Give the goods back, wherever they are, or only those still held."""
    over = {"released", "expired", *(["confirmed"] if only_held else [])}
    with transaction.atomic():
        # An id nobody reserved is released too, so that a `reserve` that comes late is lost.
        row = reservations.begin(reservation_id, status="released", expires_in_s=0)
        if row is not None:
            return selectors.reservation_value(row)
        row = _locked(reservation_id)
        if row.status in over:
            return selectors.reservation_value(row)
        portions = reservations.locked_portions(row)
        is_held = row.status == "held"
        levels.move(portions, on_hand=0 if is_held else 1, reserved=-1 if is_held else 0)
        reservations.end(row, status="released")
        return selectors.reservation_value(row)


def expire_one(*, besides: Iterable[UUID] = ()) -> Reservation | None:
    """End the reservation that is overdue longest; None when there is none `besides` these.

    Raises NotExpired for one that was found.
    """
    row: models.Reservation | None = None
    try:
        # One per transaction: two together would lock their rows of stock in no common order.
        with transaction.atomic():
            row = reservations.overdue(besides=besides)
            if row is None:
                return None
            portions = reservations.locked_portions(row)
            levels.move(portions, on_hand=0, reserved=-1)
            reservations.end(row, status="expired")
            return selectors.reservation_value(row)
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
