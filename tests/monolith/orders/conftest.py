"""People who buy."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.monolith.orders.shop import Shop


@pytest.fixture
def customer(api: Any) -> Any:
    return api.post("/customers", {"email": "ada@example.com", "name": "Ada"}).json()


class Basket:
    """A customer's cart, as the customer fills it."""

    def __init__(self, api: Any, customer_id: str) -> None:
        self._api = api
        self.path = f"/carts/{customer_id}"

    def put(self, product_id: str, quantity: Any = 1, **options: Any) -> Any:
        return self._api.write(
            "PUT", f"{self.path}/lines/{product_id}", {"quantity": quantity}, **options
        )

    def drop(self, product_id: str, **options: Any) -> Any:
        return self._api.delete(f"{self.path}/lines/{product_id}", **options)

    def empty(self, **options: Any) -> Any:
        return self._api.delete(self.path, **options)

    def show(self) -> Any:
        return self._api.get(self.path)


@pytest.fixture
def basket(api: Any, customer: Any) -> Basket:
    return Basket(api, customer["id"])


@pytest.fixture
def open_basket(api: Any) -> Callable[[str], Basket]:
    return lambda customer_id: Basket(api, customer_id)


@pytest.fixture
def shop(api, customer, make_product, basket):
    product = make_product(price={"amount": 300, "currency": "EUR"})
    shop = Shop(customer["id"], product["id"], basket, api)
    shop.fill()
    return shop
