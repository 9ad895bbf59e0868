"""The writes of the Inventory protocol over Nameko RPC."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from extracted.contracts.inventory import (
    DOMAIN,
    Reservation,
    StockLine,
    error_of,
)
from extracted.contracts.rpc import NOT_OWNER, Refusal, Reply
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import Ask, Remote, RemoteUnavailable

T = TypeVar("T")
_RESERVATION = TypeAdapter(Reservation)
_COUNT = TypeAdapter(int)


class RemoteInventory:
    """Asks the inventory service, with a deadline and a circuit breaker."""

    def __init__(self, *, ask: Ask | None = None, timeout_s: float | None = None) -> None:
        self._remote = Remote(DOMAIN, ask=ask, timeout_s=timeout_s)

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation:
        """Keep all lines or nothing."""
        wanted = [line.model_dump(mode="json") for line in lines]
        return self._ask(
            "reserve",
            _RESERVATION,
            reservation_id=str(reservation_id),
            lines=wanted,
            expires_in_s=expires_in_s,
        )

    def confirm(self, *, reservation_id: UUID) -> Reservation:
        """Take the goods from the shelves for good."""
        return self._ask("confirm", _RESERVATION, reservation_id=str(reservation_id))

    def release(self, *, reservation_id: UUID, only_held: bool = False) -> Reservation:
        """Give the goods back."""
        # Said only where it is meant: a service of before knows no such argument, and refuses.
        limits = {"only_held": True} if only_held else {}
        return self._ask("release", _RESERVATION, reservation_id=str(reservation_id), **limits)

    def sell_out(self, *, product_id: UUID) -> int:
        """Take off all that can be reserved."""
        return self._ask("sell_out", _COUNT, product_id=str(product_id))

    def _ask(self, method: str, shape: TypeAdapter[T], **arguments: Any) -> T:
        found = self._remote.call(method, **arguments)
        try:
            reply = Reply.model_validate(found)
            if reply.refusal is not None:
                raise _error_of(reply.refusal)
            return shape.validate_python(reply.value)
        except (ValidationError, KeyError) as error:
            raise RemoteUnavailable(f"not an answer to {method}: {error}") from error


def _error_of(refusal: Refusal) -> Exception:
    if refusal.kind == NOT_OWNER:
        return NotOwner(DOMAIN, side="service")
    return error_of(refusal)
