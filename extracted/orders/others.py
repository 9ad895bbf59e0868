"""The domains that a purchase needs, asked over RPC; their refusals are errors of their contracts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from extracted.contracts import inventory, payments
from extracted.contracts.catalog import Quote
from extracted.contracts.inventory import Reservation, StockLine
from extracted.contracts.notifications import Mail, MailList
from extracted.contracts.payments import Payment, PaymentList
from extracted.contracts.rpc import Refusal, Reply, Unanswered
from extracted.contracts.values import Money

T = TypeVar("T", bound=BaseModel)
_QUOTES = TypeAdapter(list[Quote])


class Asked(Protocol):
    """Another service; `extracted.chassis.remote.Remote` is one."""

    def call(self, method: str, /, **arguments: Any) -> Any:
        """Return what the method returned; raises Unanswered."""
        ...


@dataclass(frozen=True, slots=True)
class Goods:
    """The writes of inventory."""

    asked: Asked

    def reserve(
        self, *, reservation_id: UUID, lines: Sequence[StockLine], expires_in_s: int
    ) -> Reservation:
        """Keep all lines or nothing; raises ProblemError or Unanswered."""
        return self._ask(
            "reserve",
            reservation_id=str(reservation_id),
            lines=[line.model_dump(mode="json") for line in lines],
            expires_in_s=expires_in_s,
        )

    def confirm(self, *, reservation_id: UUID) -> Reservation:
        """Take the goods from the shelves for good; raises ProblemError or Unanswered."""
        return self._ask("confirm", reservation_id=str(reservation_id))

    def release(self, *, reservation_id: UUID) -> Reservation:
        """Give the goods back; raises Unanswered."""
        return self._ask("release", reservation_id=str(reservation_id))

    def _ask(self, method: str, **arguments: Any) -> Reservation:
        reply = _replied(self.asked, method, **arguments)
        if reply.refusal is not None:
            raise _meant(inventory.error_of, reply.refusal)
        return _read(Reservation, reply)


@dataclass(frozen=True, slots=True)
class Purse:
    """Payments of an order."""

    asked: Asked

    def authorize(
        self, *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str
    ) -> Payment:
        """Reserve the amount on the card; raises PaymentError or Unanswered."""
        return self._ask(
            "authorize",
            payment_id=str(payment_id),
            order_id=str(order_id),
            amount=amount.model_dump(mode="json"),
            card_token=card_token,
        )

    def capture(self, *, payment_id: UUID) -> Payment:
        """Take what was authorized; raises PaymentError or Unanswered."""
        return self._ask("capture", payment_id=str(payment_id))

    def void(self, *, payment_id: UUID) -> Payment:
        """Let go of what was authorized; raises PaymentError or Unanswered."""
        return self._ask("void", payment_id=str(payment_id))

    def refund(self, *, payment_id: UUID, refund_id: UUID, amount: Money) -> Payment:
        """Give back some of what was captured; raises PaymentError or Unanswered."""
        return self._ask(
            "refund",
            payment_id=str(payment_id),
            refund_id=str(refund_id),
            amount=amount.model_dump(mode="json"),
        )

    def of_order(self, order_id: UUID) -> tuple[Payment, ...]:
        """Return the payments of an order, oldest first; raises Unanswered."""
        reply = _replied(self.asked, "of_order", order_id=str(order_id))
        return _read(PaymentList, _items(reply)).items

    def _ask(self, method: str, **arguments: Any) -> Payment:
        reply = _replied(self.asked, method, **arguments)
        if reply.refusal is not None:
            raise _meant(payments.error_of, reply.refusal)
        return _read(Payment, reply)


@dataclass(frozen=True, slots=True)
class Mails:
    """What is known of the mails about an order."""

    asked: Asked

    def about_order(self, order_id: UUID) -> tuple[Mail, ...]:
        """Return the mails about an order, oldest first; raises Unanswered."""
        reply = _replied(self.asked, "about_order", order_id=str(order_id))
        return _read(MailList, _items(reply)).items


@dataclass(frozen=True, slots=True)
class Prices:
    """The Catalog protocol: one question for all products."""

    asked: Asked

    def get_quotes(self, *, product_ids: Iterable[UUID]) -> Mapping[UUID, Quote]:
        """Return a quote per known product; raises Unanswered."""
        wanted = [str(product_id) for product_id in product_ids]
        rows = self.asked.call("get_quotes", product_ids=wanted) if wanted else []
        try:
            return {quote.product_id: quote for quote in _QUOTES.validate_python(rows)}
        except ValidationError as error:
            raise Unanswered(f"catalog: not a list of quotes: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """All that a purchase needs."""

    goods: Goods
    money: Purse


def _read(shape: type[T], reply: Reply) -> T:
    try:
        return shape.model_validate(reply.value)
    except ValidationError as error:
        raise Unanswered(f"not a {shape.__name__}: {error}") from error


def _meant(error_of: Callable[[Refusal], Exception | None], refusal: Refusal) -> Exception:
    """Return the error that a refusal stands for; raises Unanswered for one of another version."""
    try:
        return error_of(refusal) or Unanswered(refusal.detail)
    except (LookupError, ValueError) as error:
        raise Unanswered(f"not a refusal, {refusal.kind}: {error!r}") from error


def _items(reply: Reply) -> Reply:
    return Reply(value={"items": reply.value})


def _replied(asked: Asked, method: str, **arguments: Any) -> Reply:
    try:
        return Reply.model_validate(asked.call(method, **arguments))
    except ValidationError as error:
        raise Unanswered(f"not an answer to {method}: {error}") from error
