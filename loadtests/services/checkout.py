"""Checkout: how long a buyer waits at one pace, wherever the five contexts stand.

* **placement**: a position of every seam. A purchase is a saga in each: reserve, pay, place; only
  whether a step is a function call, a transaction of the same database or an RPC is another matter.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from http import HTTPStatus
from itertools import cycle, islice

import httpx

from loadtests.services.errors import BenchError
from loadtests.services.measured import Part, Ratio, percentile, ratio_of
from loadtests.services.pace import SILENCE, Ask, Pace, Sample
from loadtests.services.people import Customer, answered, products, register
from loadtests.services.shop import SEAMS, Shop

BUYERS = 24
PER_PRODUCT = 25
_OTHERS = dict.fromkeys(SEAMS, "cutover")
PLACEMENTS: Mapping[str, Mapping[str, str]] = {
    "all at the monolith": dict.fromkeys(SEAMS, "monolith"),
    "orders at the monolith": {**_OTHERS, "orders": "monolith"},
    "all at cutover": _OTHERS,
}


def measure(shop: Shop, *, rate: float, seconds: int) -> Part:
    """Buy at the same pace in every placement."""
    times: dict[str, list[Sample]] = {}
    for name, positions in PLACEMENTS.items():
        _arrange(shop, positions)
        shop.say(f"checkout: {name}, {rate:g} orders a second for {seconds} s")
        times[name] = _buy(shop, rate=rate, seconds=seconds)
    return _part(times, rate=rate)


def _arrange(shop: Shop, positions: Mapping[str, str]) -> None:
    # Who asks leaves last and returns first.
    for seam in reversed(SEAMS):
        if positions[seam] == "monolith":
            shop.place(seam, "monolith")
    for seam in SEAMS:
        shop.place(seam, positions[seam])


def _buy(shop: Shop, *, rate: float, seconds: int) -> list[Sample]:
    with ExitStack() as stack:
        clients = [
            stack.enter_context(httpx.Client(base_url=shop.gateway, timeout=30, trust_env=False))
            for _ in range(BUYERS)
        ]
        buyers = [register(client) for client in clients]
        goods = cycle(_in_stock(clients[0], buyers[0], wanted=int(rate * seconds) + BUYERS))

        def fill(number: int) -> None:
            buyer, product = buyers[number], next(goods)
            path = f"/api/v1/carts/{buyer.id}/lines/{product}"
            # A cart that stays empty is noticed when it is paid for, and counted there.
            with suppress(BenchError, httpx.HTTPError):
                answered(clients[number], "PUT", path, body={"quantity": 1}, headers=buyer.headers)

        def asker(number: int) -> Ask:
            return lambda _: _check_out(clients[number], buyers[number])

        pace = Pace(asker, rate=rate, workers=BUYERS, prepare=fill)
        pace.begin(seconds=seconds)
        return pace.result()


def _in_stock(client: httpx.Client, buyer: Customer, *, wanted: int) -> list[str]:
    """Products of which there are enough for everybody; raises BenchError when there are not."""
    found: list[str] = []
    needed = wanted // PER_PRODUCT + 1
    for product in islice(products(client, limit=100), 100):
        stock = answered(client, "GET", f"/api/v1/stock/{product}", headers=buyer.headers)
        if int(stock["available"]) >= 2 * PER_PRODUCT:
            found.append(product)
        if len(found) == needed:
            return found
    raise BenchError(
        f"of {needed} products there is not enough in stock: seed again with REPLACE=1"
    )


def _check_out(client: httpx.Client, buyer: Customer) -> int:
    try:
        return client.post(
            f"/api/v1/carts/{buyer.id}/checkout",
            json={"card_token": "tok_approve", "client_reference": uuid.uuid4().hex},
            headers={**buyer.headers, "Idempotency-Key": str(uuid.uuid4())},
        ).status_code
    except httpx.HTTPError:
        return SILENCE


def _part(times: Mapping[str, Sequence[Sample]], *, rate: float) -> Part:
    p95 = {name: percentile((s.ms for s in found), 95) for name, found in times.items()}
    base = p95["all at the monolith"]
    figures: dict[str, float | int | str] = {"orders a second, wanted": rate}
    for name, found in times.items():
        span = (found[-1].at + found[-1].ms / 1_000) - found[0].at
        figures |= {
            f"{name}: p50 ms": round(percentile((s.ms for s in found), 50), 1),
            f"{name}: p95 ms": round(p95[name], 1),
            f"{name}: orders a second, answered": round(len(found) / span, 1),
            # 202: taken on, and finished without the buyer. It is no answer to wait for less long.
            f"{name}: finished, 201": sum(s.status == HTTPStatus.CREATED for s in found),
            f"{name}: taken on, 202": sum(s.status == HTTPStatus.ACCEPTED for s in found),
            f"{name}: failed": sum(not s.ok for s in found),
        }
    ratios = tuple(
        Ratio(name=f"p95, {name}, of all at the monolith", value=ratio_of(p95[name], base))
        for name in times
        if name != "all at the monolith"
    )
    return Part(name="checkout", ratios=ratios, figures=figures)
