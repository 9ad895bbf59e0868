"""Money is whole minor units of one currency, wherever it is read, added up or shown."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from extracted.contracts.orders import OrderLine
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.notifications.templates import _price
from monolith.orders.pricing import total_of

MOST = 10_000_000_000
CURRENCIES = ("EUR", "GBP", "USD")
AMOUNTS = st.integers(0, MOST)
MONEY = st.builds(Money, amount=AMOUNTS, currency=st.sampled_from(CURRENCIES))


def line(price: Money, *, quantity: int, number: int = 0) -> OrderLine:
    return OrderLine(product_id=UUID(int=number), name="Lamp", quantity=quantity, unit_price=price)


def lines_of(amounts: list[tuple[int, int]], *, currency: str = "EUR") -> list[OrderLine]:
    return [
        line(
            Money.model_validate({"amount": amount, "currency": currency}),
            quantity=quantity,
            number=n,
        )
        for n, (amount, quantity) in enumerate(amounts)
    ]


@given(MONEY)
def test_money_survives_the_wire(money: Money) -> None:
    assert Money.model_validate_json(money.model_dump_json()) == money


@given(
    st.one_of(
        st.floats(),
        st.decimals(allow_nan=False),
        st.booleans(),
        st.text(),
        st.none(),
        st.integers(max_value=-1),
        st.integers(min_value=MOST + 1),
    )
)
def test_what_is_no_whole_number_of_minor_units_is_refused(amount: Any) -> None:
    with pytest.raises(ValidationError):
        Money(amount=amount, currency="EUR")


@given(st.text().filter(lambda text: text not in CURRENCIES))
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": 1, "currency": currency})


# Small enough that no total is too much.
LINES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 99)), min_size=1, max_size=20)


@given(LINES, st.randoms())
def test_a_total_is_exact_whatever_the_order_of_the_lines(
    amounts: list[tuple[int, int]], chance: Any
) -> None:
    lines = lines_of(amounts)
    exact = sum(Decimal(amount) / 100 * quantity for amount, quantity in amounts)
    assert Decimal(total_of(lines).amount) / 100 == exact
    chance.shuffle(lines)
    assert Decimal(total_of(lines).amount) / 100 == exact


@given(LINES, LINES)
def test_two_orders_cost_together_what_one_of_both_does(
    some: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    apart = total_of(lines_of(some)).amount + total_of(lines_of(more)).amount
    assert total_of(lines_of(some + more)).amount == apart


@given(LINES, LINES, st.permutations(CURRENCIES))
def test_two_currencies_are_never_added(
    some: list[tuple[int, int]], more: list[tuple[int, int]], currencies: list[str]
) -> None:
    mixed = lines_of(some, currency=currencies[0]) + lines_of(more, currency=currencies[1])
    with pytest.raises(ProblemError, match="Refused: lines"):
        total_of(mixed)


@given(st.integers(MOST // 99 + 1, MOST))
def test_more_than_an_order_may_cost_is_refused_and_not_cut(amount: int) -> None:
    with pytest.raises(ProblemError, match="Refused: lines"):
        total_of(lines_of([(amount, 99)]))


@given(MONEY)
def test_a_price_in_a_mail_is_the_exact_amount(money: Money) -> None:
    number, currency = _price(money).split()
    assert Decimal(number) * 100 == money.amount
    assert currency == money.currency
    assert len(number.partition(".")[2]) == 2
