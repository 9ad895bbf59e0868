"""What the mails say, by the status they are about; text without markup, so nothing to escape."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from extracted.contracts.orders import Order
from extracted.contracts.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail's words."""

    subject: str
    text: str


# Status of an order: the subject, and the sentence above the list of what was bought.
_WORDS: Mapping[str, tuple[str, str]] = {
    "placed": (
        "We have your order $number",
        "thank you. We have your order and check the payment.",
    ),
    "paid": ("Your order $number is paid", "your payment has arrived. We are packing."),
    "shipped": ("Your order $number is on its way", "your order has left our warehouse."),
    "delivered": ("Your order $number has arrived", "your order has been delivered. Enjoy it."),
    "cancelled": ("Your order $number is canceled", "your order is canceled; nothing is charged."),
    "refunded": ("Your money for $number is on its way", "we have given your money back."),
}
_TEXT = Template("Dear $name,\n\n$sentence\n\n$lines\n\nTotal: $total\n\nYour shop\n")


def has_words(status: str) -> bool:
    """Return whether there is a mail about this status."""
    return status in _WORDS


def compose(order: Order, *, status: str, name: str) -> Letter:
    """Write the mail about an order's new status to whoever is called `name`."""
    subject, sentence = _WORDS[status]
    lines = "\n".join(
        f"  {line.quantity} x {_one_line(line.name)}, {_price(line.unit_price)} each"
        for line in order.lines
    )
    # Substituted values are never read as templates again: a name may contain a $.
    return Letter(
        subject=Template(subject).substitute(number=str(order.id)),
        text=_TEXT.substitute(
            name=_one_line(name), sentence=sentence, lines=lines, total=_price(order.total)
        ),
    )


def _price(money: Money) -> str:
    return f"{money.amount // 100}.{money.amount % 100:02} {money.currency}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
