"""Invent a shop. The same sizes and seed give the same rows, to the byte; nothing is written here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from seeding import words
from seeding.ids import moment, uuid7_at
from seeding.rows import CategoryRow, CustomerRow, OrderRow, ProductRow

PRODUCT_EVERY = timedelta(seconds=30)
CUSTOMER_EVERY = timedelta(minutes=5)
ORDER_EVERY = timedelta(minutes=2)
CURRENCY = "EUR"
FULLEST_BASKET = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything."""

    categories: int
    products: int
    customers: int
    orders: int


class Shop:
    """An invented shop; what was asked for first is what the rest refers to."""

    def __init__(self, sizes: Sizes, *, seed: int) -> None:
        self._sizes = sizes
        self.seed = seed
        self._category_ids: list[UUID] = []
        self._customer_ids: list[UUID] = []
        self._for_sale: list[tuple[UUID, str, int]] = []

    def categories(self) -> Iterator[CategoryRow]:
        """Invent the shelves."""
        chance = self._chance("categories")
        for position in range(self._sizes.categories):
            room = words.ROOMS[position % len(words.ROOMS)]
            rank = position // len(words.ROOMS)
            thing = words.THINGS[rank % len(words.THINGS)]
            at = moment(position, every=timedelta(seconds=1))
            row = CategoryRow(
                id=uuid7_at(at, chance),
                slug=f"{room}-{thing}-{position + 1}" if rank else room,
                name=(f"{room} {thing}" if rank else room).title(),
                parent_id=self._above(position),
                version=1,
                updated_at=at,
            )
            self._category_ids.append(row.id)
            yield row

    def products(self) -> Iterator[ProductRow]:
        """Invent what stands on them."""
        chance = self._chance("products")
        for position in range(self._sizes.products):
            row = self._product(position, chance)
            self._for_sale.append((row.id, row.name, row.price_amount))
            yield row

    def product_ids(self) -> Iterator[UUID]:
        """Name the products, once they are invented."""
        return (product_id for product_id, *_ in self._for_sale)

    def customers(self) -> Iterator[CustomerRow]:
        """Invent the people."""
        chance = self._chance("customers")
        for position in range(self._sizes.customers):
            at = moment(position, every=CUSTOMER_EVERY)
            row = CustomerRow(
                id=uuid7_at(at, chance),
                email=f"customer-{position + 1:06}@example.com",
                name=f"{chance.choice(words.GIVEN_NAMES)} {chance.choice(words.FAMILY_NAMES)}",
                created_at=at,
            )
            self._customer_ids.append(row.id)
            yield row

    def orders(self) -> Iterator[OrderRow]:
        """Invent what they bought, at the prices of today."""
        chance = self._chance("orders")
        for position in range(self._sizes.orders):
            at = moment(position, every=ORDER_EVERY)
            order_id = uuid7_at(at, chance)
            lines = self._lines(chance)
            yield OrderRow(
                id=order_id,
                customer_id=self._customer_ids[_skewed(chance, len(self._customer_ids))],
                client_reference=f"SEED-{position + 1}",
                # Long ago: an order that nobody paid would be canceled, by nobody's command.
                status="delivered",
                total_amount=sum(line["unit_amount"] * line["quantity"] for line in lines),
                total_currency=CURRENCY,
                version=1,
                placed_at=at,
                updated_at=at,
                lines=Jsonb(lines),
            )

    def _above(self, position: int) -> UUID | None:
        # A tree per room, four branches to a category: deep enough to be walked.
        rank, room = divmod(position, len(words.ROOMS))
        return self._category_ids[(rank - 1) // 4 * len(words.ROOMS) + room] if rank else None

    def _product(self, position: int, chance: random.Random) -> ProductRow:
        at = moment(position, every=PRODUCT_EVERY)
        material, thing = chance.choice(words.MATERIALS), chance.choice(words.THINGS)
        first, second = chance.sample(words.PHRASES, 2)
        return ProductRow(
            id=uuid7_at(at, chance),
            sku=f"SKU-{position + 1:07}",
            name=f"{chance.choice(words.ADJECTIVES)} {material} {thing}".capitalize(),
            description=f"A {thing} for the {chance.choice(words.ROOMS)}: {first}, {second}.",
            category_id=chance.choice(self._category_ids),
            # Most things are cheap and a few are dear.
            price_amount=round(chance.lognormvariate(7.8, 0.9)) + 99,
            price_currency=CURRENCY,
            version=1,
            created_at=at,
            updated_at=at,
        )

    def _lines(self, chance: random.Random) -> list[dict[str, Any]]:
        # Most baskets hold one thing or two, a few are full.
        wanted = min(1 + int(chance.expovariate(0.6)), FULLEST_BASKET)
        chosen = {_popular(chance, len(self._for_sale)) for _ in range(wanted)}
        lines = []
        for position, index in enumerate(sorted(chosen), start=1):
            product_id, name, price = self._for_sale[index]
            lines.append(
                {
                    "position": position,
                    "product_id": str(product_id),
                    "name": name,
                    "quantity": 1 + _skewed(chance, 5),
                    "unit_amount": price,
                    "unit_currency": CURRENCY,
                }
            )
        return lines

    def _chance(self, what: str) -> random.Random:
        # A generator of its own per table: more customers do not change the products.
        return random.Random(f"{self.seed}:{what}")  # noqa: S311 - a shop, not a secret


def _popular(chance: random.Random, size: int) -> int:
    """Choose the n-th most popular one about 1/n as often as the first: Zipf's law."""
    return int((size + 1) ** chance.random()) - 1


def _skewed(chance: random.Random, size: int) -> int:
    """Choose small positions far more often than large ones, as buyers do."""
    return int(size * chance.random() ** 3)
