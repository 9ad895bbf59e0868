"""Money while it changes hands: buyers buy, the bank is late and silent, and everybody pays once."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from stack import profile as profiles
from stack import programs
from tests.conftest import System
from tests.signing_in import a_new_customer
from tests.strangling.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)
SEAM = "payments"
CARDS = ("tok_approve", "tok_twice", "tok_timeout", "tok_decline", "tok_approve")
BUYERS = 4
SETTLE_S = 120.0
UNEVEN = "SELECT operation_id FROM {} GROUP BY operation_id, currency HAVING sum(amount) <> 0"
BOOKS = {"monolith": "payments_entry", "payments": "payments.entry"}
OPEN = (
    "SELECT (SELECT count(*) FROM payments_operation WHERE state = 'asked')"
    " + (SELECT count(*) FROM orders_checkout WHERE step NOT IN ('done', 'failed'))"
    " + (SELECT count(*) FROM orders_refund WHERE step NOT IN ('done', 'failed'))"
)


@dataclass
class Buyers:
    """People with a cart and a card each, who buy until they are told to go home."""

    system: System
    product: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    # Whoever kills what answers them says what else may be answered.
    forgiven: set[int] = field(default_factory=set)
    _home: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def come(self) -> None:
        for number in range(BUYERS):
            thread = threading.Thread(target=self._buy, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def buy_more(self, count: int, *, timeout_s: float = 90) -> None:
        """Wait until so many more checkouts were answered."""
        goal = len(self.answers) + count
        eventually(
            lambda: self.broken or len(self.answers) >= goal,
            what=f"{count} more checkouts",
            timeout_s=timeout_s,
        )
        assert self.broken == []

    def go_home(self) -> None:
        self._home.set()
        for thread in self._threads:
            thread.join(60)

    def _buy(self, number: int) -> None:
        customer, who = a_new_customer(self.system.monolith)
        cards = itertools.cycle(CARDS[number:] + CARDS[:number])
        with httpx.Client(base_url=f"{self.system.gateway}/api/v1", auth=who, timeout=30) as shop:
            while not self._home.is_set():
                card = next(cards)
                _send(shop, "PUT", f"/carts/{customer}/lines/{self.product}", {"quantity": 1})
                answer = _send(shop, "POST", f"/carts/{customer}/checkout", {"card_token": card})
                if answer.status_code in self.forgiven:
                    self._home.wait(0.1)
                    continue
                self.answers.append((card, answer.status_code))
                if answer.status_code == 201 and card == "tok_twice":
                    order = answer.json()["id"]
                    _send(shop, "POST", f"/orders/{order}/refund", {"reason": "too bright"})
                if answer.status_code not in {201, 202, 402}:
                    self.broken.append(f"{card}: {answer.status_code} {answer.text}")


def _send(shop: httpx.Client, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    return shop.request(method, path, json=body, headers={"Idempotency-Key": str(uuid4())})


@pytest.fixture
def buyers(system: System) -> Iterator[Buyers]:
    # Enough of one thing for everybody: what is sold out proves nothing about money.
    merchant = system.signed_in("merchant")
    with httpx.Client(base_url=f"{system.gateway}/api/v1", auth=merchant, timeout=15) as shop:
        product = shop.get("/products", params={"limit": 1}).json()["items"][0]["id"]
        warehouse = shop.get("/warehouses").json()["items"][0]["slug"]
        more = {"warehouse": warehouse, "change": 5000, "reason": "received"}
        assert _send(shop, "POST", f"/stock/{product}/adjustments", more).status_code == 201
    buyers = Buyers(system, product)
    buyers.come()
    yield buyers
    buyers.go_home()


@pytest.fixture
def bank(system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=system.variables["BANK_URL"], timeout=15) as bank:
        yield bank
        bank.put("/lateness", json={"seconds": 0})


@pytest.fixture
def before(bank: httpx.Client) -> set[str]:
    """Payments of other tests, whose orders may be gone."""
    return set(charges(bank))


def charges(bank: httpx.Client) -> dict[str, dict[str, Any]]:
    """All that the bank ever did, by payment."""
    found: dict[str, dict[str, Any]] = {}
    after: int | None = 0
    while after is not None:
        page = bank.get("/charges", params={"after": after}).json()
        found |= {item["payment_id"]: item for item in page["items"]}
        after = page["next"]
    return found


def rows(system: System, side: str, query: str) -> list[tuple[Any, ...]]:
    url = system.variables[f"AUDITOR_{side.upper()}_DATABASE_URL"]
    with psycopg.connect(url) as auditor:
        return auditor.execute(query.encode()).fetchall()


def verdict(system: System, bank: httpx.Client, *, before: set[str]) -> int:
    """Hold our books against the bank's; returns how many payments there are."""
    bank.put("/lateness", json={"seconds": 0})
    eventually(
        lambda: rows(system, "monolith", OPEN) == [(0,)],
        what="every payment, checkout and refund to end",
        timeout_s=SETTLE_S,
    )
    for side, books in BOOKS.items():
        assert rows(system, side, UNEVEN.format(books)) == []
    kept = rows(
        system, "monolith", "SELECT id::text, status, amount, refunded FROM payments_payment"
    )
    theirs = charges(bank)
    for payment_id, status, amount, refunded in kept:
        said = theirs[payment_id]
        assert said["authorizations"] == (0 if status == "declined" else 1), said
        assert said["captures"] == (1 if status in {"captured", "refunded"} else 0), said
        assert said["captured"] == said["captures"] * amount, said
        assert (said["voids"], said["refunded"]) == (int(status == "voided"), refunded), said
    # One payment per order that was paid, and none that the bank knows and we do not.
    paid = (
        "SELECT order_id FROM payments_payment WHERE status <> 'declined' AND status <> 'voided' "
    )
    assert rows(system, "monolith", f"{paid} GROUP BY order_id HAVING count(*) > 1") == []
    known = {payment_id for payment_id, *_ in kept}
    assert {key for key in theirs.keys() - before if theirs[key]["captures"]} <= known
    return len(kept)


@pytest.mark.slow
def test_money_goes_there_and_back_while_people_pay(system, bank, before, buyers, at):
    at("monolith", seam=SEAM)
    buyers.buy_more(10)
    moves = []
    for verb, goal, late_s in (
        ("advance", "cutover", 0.3),
        ("retreat", "monolith", 0.6),
        ("advance", "cutover", 1.5),
    ):
        # Late: there is always an operation under way when the writes change hands.
        bank.put("/lateness", json={"seconds": late_s}).raise_for_status()
        moves.append(system.strangler(verb, SEAM, "--to", goal))
        buyers.buy_more(8)
    buyers.go_home()
    assert all(moved["ok"] for moved in moves)
    assert verdict(system, bank, before=before) >= 20
    assert system.strangler("status", SEAM)["owner"] == "service"
    owners = {
        epoch
        for (epoch,) in rows(system, "payments", "SELECT DISTINCT epoch FROM payments.operation")
    }
    assert len(owners) >= 3, "every owner has asked the bank"
    met = {status for _, status in buyers.answers}
    assert {201, 202, 402} <= met


@pytest.mark.slow
@pytest.mark.parametrize(
    "victim",
    [
        "payments-1",
        "payments-relay",
        "payments-applier",
        "bank",
        "monolith",
    ],
)
def test_whoever_is_killed_nobody_pays_twice(system, bank, before, buyers, at, *, victim):
    at("cutover", seam=SEAM)
    if victim == "monolith":
        # There is one of it, and it is what people speak to: also about their carts (409: empty).
        buyers.forgiven |= {409, 502, 503, 504}
    for _ in range(2):
        buyers.buy_more(6)
        programs.kill(victim, profile=TEST)
        programs.await_ready(victim, profile=TEST)
    buyers.buy_more(6)
    buyers.go_home()
    assert verdict(system, bank, before=before) >= 10
