"""What all people have in common: their pace, their calls, and how they learn what there is."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any, ClassVar

from locust import FastHttpUser
from locust.env import Environment

from loadtests.calls import Caller
from loadtests.notebook import Notebook
from loadtests.wire import Answer
from loadtests.workers import Crowd

PRODUCTS = "/api/v1/products"
CATEGORIES = "/api/v1/categories"

LIMITED = "LTD-"
"""Start of the sku of a limited edition: its merchant may take it off the shelf at any time."""

SHOWN_EVERYWHERE_WITHIN_S = 2.0
"""What was in sight and is missing is looked for so long."""
LOOKS_AGAIN_EVERY_S = 0.1

Item = dict[str, Any]


class Person(FastHttpUser):
    """Somebody at the shop's door; calls through the gateway and nowhere else."""

    abstract = True
    host = os.environ.get("KONG_PROXY_URL")
    network_timeout = 10.0
    connection_timeout = 5.0
    max_redirects = 0
    # A person does one thing at a time, so one connection is enough.
    concurrency = 1

    notebook: ClassVar[Notebook]
    crowd: ClassVar[Crowd]
    """With whom they share the wanted rate."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._due = time.monotonic()
        self.call = Caller(
            session=self.client,
            environment=environment,
            journey=type(self).__name__,
            notebook=self.notebook,
        )

    def wait_time(self) -> float:
        """Keep the whole crowd at the wanted rate, each person at times of their own.

        Due times are a schedule, so that a slow answer is followed by a shorter pause; after a
        long stop the missed turns are not made up for.
        """
        rate = getattr(self.environment.parsed_options, "rate", None)
        people = self.crowd.people
        # Once a second each, also for a worker that does not know yet how many they are in all.
        interval = 1.0 if people is None or not rate else people / max(rate, 0.01)
        now = time.monotonic()
        self._due = max(self._due + interval * random.uniform(0.5, 1.5), now - interval)
        return max(self._due - now, 0.0)

    def shelf(self, *, limit: int = 50) -> list[Item]:
        """A page of products from somewhere in the assortment, found as anybody would find it."""
        order = random.choice(("name", "price", "-price", "newest"))
        path = f"{PRODUCTS}?sort={order}&limit={limit}"
        if categories := self.categories():
            path += f"&category={random.choice(categories)['slug']}"
        items = self.call.read(path, name="list products").body.get("items", [])
        return [item for item in items if isinstance(item, dict)]

    def look_until(self, seen: Callable[[Answer], bool], *, path: str) -> None:
        """Look again at what was not there, or not yet as it should be; counted by a name of its
        own. What is not seen everywhere in time is a failure.
        """
        give_up_at, answer = time.monotonic() + SHOWN_EVERYWHERE_WITHIN_S, None
        while answer is None or not seen(answer):
            # Locust has made this sleep give way to others.
            time.sleep(LOOKS_AGAIN_EVERY_S)
            is_last = time.monotonic() > give_up_at
            judge = seen if is_last else lambda _: True
            answer = self.call.read(path, name="look again", expected=(200, 404), seen=judge)
            if is_last:
                return

    def categories(self) -> list[Item]:
        """Ask once; all people share what the first one learned."""
        known: list[Item] = self.environment.__dict__.setdefault("known_categories", [])
        if not known:
            known.extend(self.call.read(CATEGORIES, name="categories").body.get("items", []))
        return known


def lasting(items: list[Item]) -> list[Item]:
    """Those that nobody takes off the shelf."""
    return [item for item in items if not str(item["sku"]).startswith(LIMITED)]
