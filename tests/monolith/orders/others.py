"""Inventory and payments as a checkout knows them, in memory; they can be told to fail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from extracted.contracts.inventory import (
    OutOfStock,
    Reservation,
    ReservationLost,
    StockLine,
)
from extracted.contracts.payments import (
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
)
from extracted.contracts.values import Money

AT = datetime(2026, 11, 22, tzinfo=UTC)


class Killed(BaseException):
    """The process dies here: no handler of ours may catch it."""


@dataclass
class Faults:
    """When to die: before or after the call of this name, once each."""

    deadly: set[tuple[Literal["before", "after"], str]] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def begin(self, name: str) -> None:
        self.calls.append(name)
        self._die("before", name)

    def end(self, name: str) -> None:
        self._die("after", name)

    def _die(self, when: Any, name: str) -> None:
        if (when, name) in self.deadly:
            self.deadly.discard((when, name))
            raise Killed


class FakeInventory:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.stock: dict[UUID, int] = {}
        self.reservations: dict[UUID, tuple[str, tuple[StockLine, ...]]] = {}

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation:
        self._faults.begin("reserve")
        if reservation_id not in self.reservations:
            for line in lines:
                left = self.stock.get(line.product_id, 0)
                if left < line.quantity:
                    raise OutOfStock(
                        product_id=line.product_id, wanted=line.quantity, available=left
                    )
            for line in lines:
                self.stock[line.product_id] -= line.quantity
            self.reservations[reservation_id] = ("held", tuple(lines))
        self._require(reservation_id, "held", "confirmed")
        self._faults.end("reserve")
        return self._value(reservation_id)

    def confirm(self, *, reservation_id: UUID) -> Reservation:
        self._faults.begin("confirm")
        self._require(reservation_id, "held", "confirmed")
        self._set(reservation_id, "confirmed")
        self._faults.end("confirm")
        return self._value(reservation_id)

    def release(self, *, reservation_id: UUID, only_held: bool = False) -> Reservation:
        assert not only_held, "no purchase asks for that"
        self._faults.begin("release")
        status, lines = self.reservations.get(reservation_id, ("released", ()))
        if status in {"held", "confirmed"}:
            for line in lines:
                self.stock[line.product_id] += line.quantity
        self.reservations[reservation_id] = ("released", lines)
        self._faults.end("release")
        return self._value(reservation_id)

    def expire(self) -> None:
        """Let every reservation run out."""
        for reservation_id, (status, lines) in self.reservations.items():
            if status == "held":
                for line in lines:
                    self.stock[line.product_id] += line.quantity
                self.reservations[reservation_id] = ("expired", lines)

    def sell_out(self, *, product_id: UUID) -> int:
        return self.stock.pop(product_id, 0)

    def availability(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, int]:
        return {product_id: self.stock.get(product_id, 0) for product_id in product_ids}

    def _require(self, reservation_id: UUID, *allowed: str) -> None:
        status, _ = self.reservations.get(reservation_id, (None, ()))
        if status not in allowed:
            raise ReservationLost(reservation_id=reservation_id, standing=status)  # type: ignore[arg-type]

    def _set(self, reservation_id: UUID, status: str) -> None:
        self.reservations[reservation_id] = (status, self.reservations[reservation_id][1])

    def _value(self, reservation_id: UUID) -> Reservation:
        status, lines = self.reservations[reservation_id]
        return Reservation.model_construct(
            id=reservation_id,
            status=status,  # type: ignore[arg-type]
            lines=lines,
            expires_at=AT,
            version=1,
            updated_at=AT,
        )


class FakePayments:
    """Money moves once per id; `uncertain` names calls that answer too late, after the deed."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.payments: dict[UUID, Payment] = {}
        self.refunds: dict[UUID, int] = {}
        self.uncertain: set[str] = set()
        self.refused: set[str] = set()

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment:
        self._faults.begin("authorize")
        if payment_id not in self.payments:
            status = "declined" if card_token == "tok_decline" else "authorized"
            self._put(payment_id, order_id=order_id, amount=amount, status=status)
        self._answer_late("authorize", payment_id)
        if self.payments[payment_id].status == "declined":
            raise PaymentDeclined("no money")
        self._faults.end("authorize")
        return self.payments[payment_id]

    def capture(self, *, payment_id: UUID) -> Payment:
        self._faults.begin("capture")
        if "capture" in self.refused:
            raise PaymentRefused("the authorization has expired")
        self._set(payment_id, "captured", of=("authorized", "captured"))
        self._answer_late("capture", payment_id)
        self._faults.end("capture")
        return self.payments[payment_id]

    def void(self, *, payment_id: UUID) -> Payment:
        self._faults.begin("void")
        if "void" in self.refused:
            raise PaymentRefused("the authorization has expired")
        if payment_id not in self.payments:
            raise PaymentNotFound(payment_id)
        if self.payments[payment_id].status != "declined":
            self._set(payment_id, "voided", of=("authorized", "voided"))
        self._answer_late("void", payment_id)
        self._faults.end("void")
        return self.payments[payment_id]

    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment:
        self._faults.begin("refund")
        self.refunds.setdefault(refund_id, amount.amount)
        self._set(payment_id, "refunded", of=("captured", "refunded"))
        self._answer_late("refund", payment_id)
        self._faults.end("refund")
        return self.payments[payment_id]

    def of_order(self, *, order_id: UUID) -> tuple[Payment, ...]:
        return tuple(each for each in self.payments.values() if each.order_id == order_id)

    def _answer_late(self, name: str, payment_id: UUID) -> None:
        if name in self.uncertain:
            raise PaymentUncertain(payment_id)

    def _put(self, payment_id: UUID, *, order_id: UUID, amount: Money, status: str) -> None:
        self.payments[payment_id] = Payment.model_validate(
            {
                "id": payment_id,
                "order_id": order_id,
                "amount": amount,
                "status": status,
                "refunded": {"amount": 0, "currency": amount.currency},
                "decline_reason": None,
                "version": 1,
                "created_at": AT,
                "updated_at": AT,
            }
        )

    def _set(self, payment_id: UUID, status: str, *, of: tuple[str, ...]) -> None:
        if payment_id not in self.payments:
            raise PaymentNotFound(payment_id)
        found = self.payments[payment_id]
        if found.status not in of:
            raise PaymentRefused(f"the payment is {found.status}")
        self.payments[payment_id] = found.model_copy(update={"status": status})
