"""People who keep the warehouse."""

from __future__ import annotations

import random
import uuid
from http import HTTPStatus
from typing import ClassVar

from locust import tag, task

from loadtests.journeys.person import Item, Person, lasting
from loadtests.journeys.shopping import STOCK
from loadtests.ledger import Kind
from loadtests.sessions import Session
from loadtests.wire import Answer

WAREHOUSES = "/api/v1/warehouses"
DAMAGED = 0.2
"""Share of the adjustments that take something away."""


class Stockkeeper(Person):
    """Puts deliveries on the shelves, writes off what broke, and looks whether it was noted."""

    weight = 1

    account: ClassVar[Session]

    def on_start(self) -> None:
        self.call.sign_in(self.account)
        self._products: list[Item] = lasting(self.shelf())
        self._places: list[str] = []
        self.list_warehouses()

    @task(3)
    @tag("write")
    def adjust_the_stock(self) -> None:
        if not self._products or not self._places:
            return self.walk_along_the_shelf()
        path = f"{STOCK}/{random.choice(self._products)['id']}"
        is_loss = random.random() < DAMAGED
        mark = uuid.uuid4().hex
        answer = self.call.write(
            "POST",
            f"{path}/adjustments",
            name="adjust the stock",
            kind=Kind.STOCK_ADJUST,
            body={
                "warehouse": random.choice(self._places),
                "change": -1 if is_loss else random.randint(1, 20),
                "reason": "damaged" if is_loss else "received",
                "note": mark,
            },
            mark=mark,
            # Nothing is there to break.
            refusals={HTTPStatus.CONFLICT} if is_loss else (),
        )
        if answer.ok:
            self._look_at_own_adjustment(f"{path}/adjustments?limit=100", mark)
        return None

    def _look_at_own_adjustment(self, path: str, mark: str) -> None:
        """Whoever has adjusted something sees it, whichever side answers everybody else."""

        def seen(found: Answer) -> bool:
            return any(item["note"] == mark for item in found.body.get("items", []))

        answer = self.call.read(path, name="look at own adjustment")
        if answer.ok and not seen(answer):
            self.look_until(seen, path=path)

    @task(2)
    @tag("read")
    def look_at_the_stock(self) -> None:
        if self._products:
            path = f"{STOCK}/{random.choice(self._products)['id']}"
            self.call.read(path, name="look at the stock")

    @task(1)
    @tag("read")
    def list_warehouses(self) -> None:
        places = self.call.read(WAREHOUSES, name="list warehouses").body.get("items", [])
        self._places = [str(place["slug"]) for place in places] or self._places

    @task(1)
    @tag("read")
    def walk_along_the_shelf(self) -> None:
        self._products = lasting(self.shelf()) or self._products
