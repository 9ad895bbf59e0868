"""People who buy by the cart."""

from __future__ import annotations

import random
import uuid
from http import HTTPStatus

from locust import tag, task

from loadtests.journeys.buying import ORDERS
from loadtests.journeys.person import Item, Person, lasting
from loadtests.journeys.registering import register
from loadtests.ledger import Kind

CARTS = "/api/v1/carts"
STOCK = "/api/v1/stock"
DECLINED = 0.15
"""Share of the cards that the bank refuses."""
SOLD_OUT = frozenset({HTTPStatus.CONFLICT})


class Shopper(Person):
    """Looks what is in stock, fills a cart, pays; now and then a card is bad, or a thing goes back."""

    weight = 2

    def on_start(self) -> None:
        self._customer = register(self.call, name="Load Shopper")
        self._wanted: list[Item] = lasting(self.shelf())
        self._in_cart = 0
        self._bought: list[str] = []

    @task(4)
    @tag("write")
    def put_into_the_cart(self) -> None:
        if self._customer is None or not self._wanted:
            self._wanted = lasting(self.shelf())
            return
        item = random.choice(self._wanted)
        stock = self.call.read(f"{STOCK}/{item['id']}", name="look at the stock")
        # Few, so that many may buy.
        if (quantity := min(random.randint(1, 3), int(stock.body.get("available", 0)))) < 1:
            self._wanted.remove(item)
            return
        answer = self.call.write(
            "PUT",
            f"{CARTS}/{self._customer}/lines/{item['id']}",
            name="put into the cart",
            kind=Kind.CART_CHANGE,
            body={"quantity": quantity},
            aggregate=self._customer,
        )
        self._in_cart += answer.ok

    @task(3)
    @tag("write")
    def check_out(self) -> None:
        if not self._in_cart:
            return self.put_into_the_cart()
        is_bad = random.random() < DECLINED
        reference = uuid.uuid4().hex
        declined = {HTTPStatus.PAYMENT_REQUIRED} if is_bad else set()
        answer = self.call.write(
            "POST",
            f"{CARTS}/{self._customer}/checkout",
            name="check out",
            kind=Kind.ORDER_CHECKOUT,
            body={
                "card_token": "tok_decline" if is_bad else "tok_approve",
                "client_reference": reference,
            },
            mark=reference,
            refusals=SOLD_OUT | declined,
        )
        if answer.ok:
            self._in_cart = 0
        if answer.status == HTTPStatus.CREATED:
            self._bought = [*self._bought[-9:], answer.body["id"]]
        elif answer.status == HTTPStatus.CONFLICT:
            self._empty_the_cart()
        return None

    @task(1)
    @tag("write")
    def give_it_back(self) -> None:
        if not self._bought:
            return self.look_at_the_cart()
        order = self._bought.pop(random.randrange(len(self._bought)))
        self.call.write(
            "POST",
            f"{ORDERS}/{order}/refund",
            name="give it back",
            kind=Kind.ORDER_REFUND,
            body={"reason": "too bright"},
            aggregate=order,
        )
        return None

    @task(1)
    @tag("write")
    def change_my_mind(self) -> None:
        if self._customer is None or not self._wanted:
            return
        reference = uuid.uuid4().hex
        line = {"product_id": random.choice(self._wanted)["id"], "quantity": 1}
        placed = self.call.write(
            "POST",
            ORDERS,
            name="place an order",
            kind=Kind.ORDER_PLACE,
            body={"customer_id": self._customer, "client_reference": reference, "lines": [line]},
            mark=reference,
        )
        if placed.ok:
            order = placed.body["id"]
            self.call.write(
                "POST",
                f"{ORDERS}/{order}/cancel",
                name="take an order back",
                kind=Kind.ORDER_CANCEL,
                aggregate=order,
            )

    @task(1)
    @tag("read")
    def look_at_the_cart(self) -> None:
        if self._customer is not None:
            self.call.read(f"{CARTS}/{self._customer}", name="look at the cart")

    def _empty_the_cart(self) -> None:
        self.call.write(
            "DELETE",
            f"{CARTS}/{self._customer}",
            name="empty the cart",
            kind=Kind.CART_CHANGE,
            aggregate=self._customer,
        )
        self._in_cart = 0
