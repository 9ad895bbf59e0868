"""People who buy."""

from __future__ import annotations

import random
import uuid

from locust import tag, task

from loadtests.journeys.person import Item, Person, lasting
from loadtests.journeys.registering import register
from loadtests.ledger import Kind

ORDERS = "/api/v1/orders"


class Buyer(Person):
    """Registers, orders a few things at the price of the moment, comes back to look at the order."""

    weight = 2

    def on_start(self) -> None:
        self._customer = register(self.call, name="Load Buyer")
        self._wanted: list[Item] = lasting(self.shelf())
        self._orders: list[str] = []

    @task(3)
    @tag("write")
    def place_an_order(self) -> None:
        if not self._wanted or self._customer is None:
            return self.look_for_something()
        reference = uuid.uuid4().hex
        lines = random.sample(self._wanted, k=min(random.randint(1, 3), len(self._wanted)))
        answer = self.call.write(
            "POST",
            ORDERS,
            name="place an order",
            kind=Kind.ORDER_PLACE,
            body={
                "customer_id": self._customer,
                "client_reference": reference,
                "lines": [
                    {"product_id": item["id"], "quantity": random.randint(1, 5)} for item in lines
                ],
            },
            mark=reference,
        )
        if answer.ok:
            self._orders = [*self._orders[-9:], answer.body["id"]]
        return None

    @task(2)
    @tag("read")
    def look_at_an_order(self) -> None:
        if not self._orders:
            return self.list_my_orders()
        self.call.read(f"{ORDERS}/{random.choice(self._orders)}", name="look at an order")
        return None

    @task(1)
    @tag("read")
    def list_my_orders(self) -> None:
        if self._customer is not None:
            path = f"{ORDERS}?customer_id={self._customer}&limit=10"
            self.call.read(path, name="list my orders")

    @task(1)
    @tag("read")
    def look_for_something(self) -> None:
        self._wanted = lasting(self.shelf()) or self._wanted
