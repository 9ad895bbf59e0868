"""Fill the shop with invented rows, the same for the same numbers."""

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monolith.seams.fence import is_refusal
from monolith.seeding import load
from monolith.seeding.shop import Shop, Sizes


def _count(text: str) -> int:
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        number = -1
    if number < 0:
        msg = f"{text!r} is not a number of rows"
        raise ArgumentTypeError(msg)
    return number


class Command(BaseCommand):
    """`seed --products 20000 --customers 2000 --orders 50000 --categories 200 --seed 1`."""

    help = "Fill an empty shop; deterministic, by COPY, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the sizes."""
        parser.add_argument("--products", type=_count, default=20_000)
        parser.add_argument("--customers", type=_count, default=2_000)
        parser.add_argument("--orders", type=_count, default=50_000)
        parser.add_argument("--categories", type=_count, default=200)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--replace", action="store_true", help="delete what is there, all of it, first"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing to a shop that is filled"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refuse what would hurt, then load."""
        sizes = Sizes(
            categories=options["categories"],
            products=options["products"],
            customers=options["customers"],
            orders=options["orders"],
        )
        _require_sense(sizes)
        if options["if_empty"] and load.is_filled():
            self.stdout.write("the shop is filled already")
            return
        _require_allowed(replace=options["replace"])
        shop = Shop(sizes, seed=options["seed"])
        try:
            with _Bars(sizes) as bars:
                load.load(shop, replace=options["replace"], progress=bars)
        except DatabaseError as error:
            if is_refusal(error):
                msg = "the monolith does not own the writes of catalog: retreat first"
                raise CommandError(msg) from error
            raise
        self.stdout.write(
            f"seeded {sizes.products} products in {sizes.categories} categories, "
            f"{sizes.customers} customers, {sizes.orders} orders"
        )


def _require_sense(sizes: Sizes) -> None:
    if sizes.products and not sizes.categories:
        msg = "products need at least one category"
        raise CommandError(msg)
    if sizes.orders and not (sizes.products and sizes.customers):
        msg = "orders need products and customers"
        raise CommandError(msg)


def _require_allowed(*, replace: bool) -> None:
    if load.is_filled() and not replace:
        msg = "the shop is not empty; --replace deletes all of it first"
        raise CommandError(msg)
    if load.is_captured():
        msg = "changes go to a service now: retreat each seam to stage monolith first"
        raise CommandError(msg)


class _Bars:
    """Progress bars, where somebody looks."""

    def __init__(self, sizes: Sizes) -> None:
        columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns,
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            disable=not sys.stderr.isatty(),
        )
        self._tasks = {
            "catalog_category": self._progress.add_task("categories", total=sizes.categories),
            "catalog_product": self._progress.add_task("products", total=sizes.products),
            "inventory_stock": self._progress.add_task("stock", total=None),
            "customers_customer": self._progress.add_task("customers", total=sizes.customers),
            "orders_order": self._progress.add_task("orders", total=sizes.orders),
            "orders_orderline": self._progress.add_task("lines of orders", total=None),
        }

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, table: str, written: int) -> None:
        self._progress.advance(self._tasks[table], written)
