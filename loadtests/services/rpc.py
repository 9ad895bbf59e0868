"""An RPC over the broker beside an HTTP read of the same thing, from the same client.

One quote and twenty: the service reads the same rows for either, so what differs is the way there
and back. HTTP goes straight to an instance, and once more through the gateway, as a service would
have to that knows no instances; the broker knows who is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from loadtests.services.errors import BenchError
from loadtests.services.measured import Part, Ratio, percentile, ratio_of
from loadtests.services.people import answered, products
from loadtests.services.shop import Shop

MANY = 20
DEADLINE_S = 10.0
_WORTH = (
    "RPC is worth it where one question is about many things, and where whoever asks must not know who"
    " answers; for one read of one thing, with an address at hand, HTTP is the shorter way."
)


def measure(shop: Shop, *, calls: int, rounds: int) -> Part:
    """The same questions in turns, one at a time."""
    if shop.position("catalog") == "monolith":
        shop.place("catalog", "shadow")
    instance = shop.environment["CATALOG_URLS"].split(",")[0]
    with (
        httpx.Client(base_url=instance, timeout=DEADLINE_S, trust_env=False) as straight,
        httpx.Client(base_url=shop.gateway, timeout=DEADLINE_S, trust_env=False) as gateway,
        _catalog(shop.environment["AMQP_URL"]) as catalog,
    ):
        ids = products(straight, limit=MANY)
        ways = _ways(straight, gateway, catalog, ids)
        _require_same(straight, catalog, ids[0])
        took: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            shop.say(f"rpc: round {number + 1} of {rounds}")
            for name, ask in ways.items():
                took[name] += _times(ask, calls)
    return _part(took)


def _ways(
    straight: httpx.Client, gateway: httpx.Client, catalog: Any, ids: Sequence[str]
) -> dict[str, Callable[[int], object]]:
    def one(client: httpx.Client, turn: int) -> object:
        return answered(client, "GET", f"/api/v1/products/{ids[turn % len(ids)]}")

    return {
        "one by HTTP": lambda turn: one(straight, turn),
        "one by HTTP and the gateway": lambda turn: one(gateway, turn),
        "one by RPC": lambda turn: catalog.get_quotes(product_ids=[ids[turn % len(ids)]]),
        "many by HTTP, one by one": lambda _: [one(straight, turn) for turn in range(len(ids))],
        "many by RPC": lambda _: catalog.get_quotes(product_ids=list(ids)),
    }


@contextmanager
def _catalog(amqp_url: str) -> Iterator[Any]:
    # Whoever loads it is told at length that eventlet retires; the other parts need not hear it.
    from nameko.standalone.rpc import ClusterRpcProxy  # noqa: PLC0415

    with ClusterRpcProxy({"AMQP_URI": amqp_url}, timeout=DEADLINE_S) as cluster:
        yield cluster.catalog


def _require_same(client: httpx.Client, catalog: Any, product: str) -> None:
    shown = answered(client, "GET", f"/api/v1/products/{product}")
    quotes = catalog.get_quotes(product_ids=[product])
    if [quote["price"] for quote in quotes] != [shown["price"]]:
        raise BenchError(f"RPC quotes {quotes}, and HTTP shows {shown['price']}")


def _times(ask: Callable[[int], object], calls: int) -> list[float]:
    # The first one opens the connection.
    ask(0)
    took = []
    for turn in range(calls):
        begun = time.perf_counter()
        ask(turn)
        took.append((time.perf_counter() - begun) * 1_000)
    return took


def _part(took: dict[str, list[float]]) -> Part:
    middle = {name: percentile(found, 50) for name, found in took.items()}
    figures: dict[str, float | int | str] = {}
    for name, found in took.items():
        figures[f"{name}: p50 ms"] = round(middle[name], 2)
        figures[f"{name}: p95 ms"] = round(percentile(found, 95), 2)
    return Part(
        name="rpc",
        ratios=(
            Ratio(
                name="one quote, of HTTP",
                value=ratio_of(middle["one by RPC"], middle["one by HTTP"]),
            ),
            Ratio(
                name="one quote, of HTTP through the gateway",
                value=ratio_of(middle["one by RPC"], middle["one by HTTP and the gateway"]),
            ),
            Ratio(
                name=f"{MANY} quotes at once, of {MANY} reads by HTTP",
                value=ratio_of(middle["many by RPC"], middle["many by HTTP, one by one"]),
            ),
        ),
        figures=figures,
        notes=(_WORTH,),
    )
