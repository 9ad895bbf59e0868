"""People who look around."""

from __future__ import annotations

import random
from http import HTTPStatus
from urllib.parse import quote

from locust import tag, task

from loadtests.journeys.person import CATEGORIES, LIMITED, PRODUCTS, Item, Person


class Browser(Person):
    """Lists, filters, searches, pages on, and looks closely at what is in sight."""

    weight = 5

    def on_start(self) -> None:
        self._in_sight: list[Item] = self.shelf()
        self._more: str | None = None
        self._words = _words(self._in_sight)

    @task(6)
    @tag("read")
    def look_at_a_product(self) -> None:
        if not self._in_sight:
            return self.list_a_category()
        item = random.choice(self._in_sight)
        path = f"{PRODUCTS}/{item['id']}"
        # Gone for good, or not there yet: which of the two, only the sku and time can tell.
        answer = self.call.read(path, name="look at a product", expected=(200, 404))
        if answer.status == HTTPStatus.NOT_FOUND and not str(item["sku"]).startswith(LIMITED):
            # Wait for what was in sight a moment ago.
            self.look_until(lambda found: found.ok, path=path)
        return None

    @task(4)
    @tag("read")
    def list_a_category(self) -> None:
        if categories := self.categories():
            slug = random.choice(categories)["slug"]
            self._show(f"category={slug}&sort=newest", name="list a category")
        else:
            self._show("sort=newest", name="list products")

    @task(2)
    @tag("read")
    def filter_by_price(self) -> None:
        least = random.randrange(100, 5_000, 100)
        query = f"min_price={least}&max_price={least + 5_000}&sort=price"
        self._show(query, name="filter by price")

    @task(2)
    @tag("read")
    def search(self) -> None:
        word = random.choice(self._words) if self._words else "a"
        self._show(f"search={quote(word)}", name="search")

    @task(2)
    @tag("read")
    def page_on(self) -> None:
        if self._more is None:
            return self.list_a_category()
        self._show(self._more, name="page on")
        return None

    @task(1)
    @tag("read")
    def look_at_the_categories(self) -> None:
        self.call.read(CATEGORIES, name="categories")

    def _show(self, query: str, *, name: str) -> None:
        answer = self.call.read(f"{PRODUCTS}?{query}&limit=20", name=name)
        if not answer.ok:
            return
        self._in_sight = answer.body.get("items") or self._in_sight
        following = answer.body.get("next_cursor")
        pages = query.partition("&cursor=")[0]
        self._more = f"{pages}&cursor={quote(following)}" if following else None


def _words(items: list[Item]) -> list[str]:
    return sorted({word for item in items for word in str(item["name"]).split() if len(word) > 3})
