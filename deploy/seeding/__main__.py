"""`python -m seeding`: fill an empty shop with invented rows, the same for the same numbers."""

import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from seeding import load
from seeding.load import SeedError
from seeding.shop import Shop, Sizes
from stack import misuse

COUNT = click.IntRange(min=0)


@click.command(context_settings={"show_default": True})
@click.option("--products", type=COUNT, default=20_000)
@click.option("--customers", type=COUNT, default=2_000)
@click.option("--orders", type=COUNT, default=50_000)
@click.option("--categories", type=COUNT, default=200)
@click.option("--seed", type=int, default=1)
@click.option("--replace", is_flag=True, help="Delete what is there, all of it, first.")
@click.option("--if-empty", is_flag=True, help="Do nothing to a shop that is filled.")
def main(*, seed: int, replace: bool, if_empty: bool, **sizes: int) -> None:
    """Fill the databases of the monolith and the services; deterministic, by COPY, all or nothing."""
    wanted = Sizes(**sizes)
    try:
        _require_sense(wanted)
        with load.databases() as connections:
            if if_empty and load.is_filled(connections):
                click.echo("the shop is filled already")
                return
            if not replace:
                _require_empty(connections)
            with _Bars(wanted) as bars:
                load.load(Shop(wanted, seed=seed), connections, replace=replace, progress=bars)
    except SeedError as error:
        click.secho(f"seeding: {error}", fg="red", err=True)
        sys.exit(2)
    click.echo(
        f"seeded {wanted.products} products in {wanted.categories} categories, "
        f"{wanted.customers} customers, {wanted.orders} orders"
    )


def _require_sense(sizes: Sizes) -> None:
    if sizes.products and not sizes.categories:
        raise SeedError("products need at least one category")
    if sizes.orders and not (sizes.products and sizes.customers):
        raise SeedError("orders need products and customers")


def _require_empty(connections: load.Connections) -> None:
    if load.is_filled(connections):
        raise SeedError("the shop is not empty; --replace deletes all of it first")


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
            "category": self._progress.add_task("categories", total=sizes.categories),
            "product": self._progress.add_task("products", total=sizes.products),
            "stock": self._progress.add_task("stock", total=None),
            "customer": self._progress.add_task("customers", total=sizes.customers),
            "purchase": self._progress.add_task("orders", total=sizes.orders),
        }

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, table: str, written: int) -> None:
        self._progress.advance(self._tasks[table.removeprefix("customers_")], written)


if __name__ == "__main__":
    misuse.run(main, name="seeding")
