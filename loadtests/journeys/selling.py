"""People who keep the assortment."""

from __future__ import annotations

import random
import uuid
from collections import deque
from typing import ClassVar

from locust import tag, task

from loadtests.journeys.person import LIMITED, PRODUCTS, Item, Person, lasting
from loadtests.ledger import Kind
from loadtests.sessions import Session
from loadtests.wire import Answer

OWN_PRODUCTS_REMEMBERED = 200
LOOKS_AT_OWN_CHANGE = 0.25
"""Share of the changes after which the merchant looks whether it is there."""


class Merchant(Person):
    """Changes prices all day, brings in new products, sometimes drops one of their own; all are one customer."""

    weight = 3

    account: ClassVar[Session]

    def on_start(self) -> None:
        self.call.sign_in(self.account)
        # Prices of limited editions are left alone: another merchant may just be dropping them.
        self._stock: deque[str] = deque(
            (item["id"] for item in lasting(self.shelf())), OWN_PRODUCTS_REMEMBERED
        )
        self._limited: list[str] = []

    @task(5)
    @tag("write")
    def change_a_price(self) -> None:
        if not self._stock:
            return self.create_a_product()
        product = random.choice(self._stock)
        path = f"{PRODUCTS}/{product}"
        answer = self.call.write(
            "PATCH",
            path,
            name="change a price",
            kind=Kind.PRODUCT_CHANGE,
            body={"price": _price()},
            aggregate=product,
        )
        if answer.ok and random.random() < LOOKS_AT_OWN_CHANGE:
            self._look_at_own_change(path, version=int(answer.body["version"]))
        return None

    def _look_at_own_change(self, path: str, *, version: int) -> None:
        """Whoever has changed something sees it, whichever side answers everybody else."""

        def seen(found: Answer) -> bool:
            return found.ok and found.body.get("version", 0) >= version

        answer = self.call.read(path, name="look at own change")
        if answer.ok and not seen(answer):
            self.look_until(seen, path=path)

    @task(2)
    @tag("write")
    def create_a_product(self) -> None:
        if created := self._create(prefix="LT-"):
            self._stock.append(created["id"])

    @task(1)
    @tag("write")
    def bring_or_drop_a_limited_edition(self) -> None:
        if len(self._limited) < 3:
            if created := self._create(prefix=LIMITED):
                self._limited.append(created["id"])
            return
        product = self._limited.pop(0)
        self.call.write(
            "DELETE",
            f"{PRODUCTS}/{product}",
            name="drop a product",
            kind=Kind.PRODUCT_DELETE,
            aggregate=product,
        )

    @task(1)
    @tag("read")
    def walk_along_the_shelf(self) -> None:
        self._stock.extend(item["id"] for item in lasting(self.shelf()))

    def _create(self, *, prefix: str) -> Item | None:
        categories = self.categories()
        if not categories:
            return None
        sku = f"{prefix}{uuid.uuid4().hex}"
        answer = self.call.write(
            "POST",
            PRODUCTS,
            name="create a product",
            kind=Kind.PRODUCT_CREATE,
            body={
                "sku": sku,
                "name": f"Load lamp {sku[-6:]}",
                "description": "Made while the shop was being rebuilt.",
                "category": random.choice(categories)["slug"],
                "price": _price(),
            },
            mark=sku,
        )
        return answer.body if answer.ok else None


def _price() -> dict[str, int | str]:
    return {"amount": random.randint(1, 10_000_000), "currency": "EUR"}
