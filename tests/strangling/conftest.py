"""One behavior suite per seam, run at each of its stages, through every door that is open.

A stage is a place on a walk: forward to cutover and all the way back. Tests see the API only; what
may differ from stage to stage is who answers; whoever it is, each answer is as the published
description promises. The other seams rest meanwhile, at `monolith` or where an earlier walk has ended,
but for those that a seam needs: they stand at cutover. Payments and notifications nobody asks: the
suite of orders is run at their stages as well, and the suites of all at the end, where all have left.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import System
from tests.signing_in import SignedIn, a_new_customer
from tests.strangling.description import promised, promised_behind_a_gateway
from tests.strangling.waiting import eventually

STAGES = ("monolith", "shadow", "canary-50", "cutover", "back-at-monolith")
# In this order they walk. What readers must read meanwhile: comparisons need something to compare.
SEAMS = {
    "catalog": ("/api/v1/products/{product}", "/api/v1/products", "/api/v1/categories"),
    "inventory": (
        "/api/v1/stock/{product}",
        "/api/v1/stock/{product}/adjustments",
        "/api/v1/warehouses",
    ),
    "orders": (
        "/api/v1/orders/{order}",
        "/api/v1/orders?customer_id={customer}",
        "/api/v1/carts/{customer}",
    ),
}
MERCHANTS_SEE = SEAMS["inventory"][1:]
NEEDS = {"orders": ("catalog", "inventory", "notifications", "payments")}


def owners(seam: str) -> dict[str, str]:
    """Who answers the writes of a seam, by stage: a service is called as its domain."""
    return {stage: seam if stage == "cutover" else "monolith" for stage in STAGES}


OWNER = owners("catalog")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seam is brought to, and the stage whose answers a suite may expect there."""

    seam: str
    stage: str
    answered_as: str
    name: str

    @property
    def rank(self) -> int:
        return WALK.index((self.seam, self.stage, self.name != self.stage))


# Moved beneath the suite of orders, which stay where they are.
BENEATH = ("notifications", "payments")
BENEATH_STAGES = ("shadow", "cutover", "back-at-monolith")
# (seam, stage, whether it is a place of another seam's suite), in the order of the walk.
WALK = [
    *((seam, stage, False) for seam in ("catalog", "inventory") for stage in STAGES),
    *((seam, stage, True) for seam in BENEATH for stage in BENEATH_STAGES),
    *(("orders", stage, False) for stage in STAGES[:-1]),
    ("orders", "cutover", True),
    ("orders", STAGES[-1], False),
]


def places_of(seam: str, stages: tuple[str, ...] | None) -> Iterator[Place]:
    """Yield where a suite's test is run: at the stages that it names, or wherever there is a difference."""
    for stage in stages or STAGES:
        yield Place(seam, stage, answered_as=stage, name=stage)
    if stages is None and seam == "orders":
        for beneath in BENEATH:
            for stage in BENEATH_STAGES:
                yield Place(beneath, stage, answered_as="monolith", name=f"{beneath}-{stage}")
    elif stages is None:
        yield Place("orders", "cutover", answered_as="cutover", name="all-at-cutover")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a stage once per place of its seam, unless it names its own."""
    if "stage" not in metafunc.fixturenames:
        return
    seam = metafunc.definition.get_closest_marker("seam")
    stages = metafunc.definition.get_closest_marker("stages")
    places = places_of(seam.args[0] if seam else "catalog", stages.args if stages else None)
    # Session scope makes pytest order the tests by place: one walk, not one walk per test.
    metafunc.parametrize(
        "stage",
        [pytest.param(place, id=place.name, marks=_marks(place)) for place in places],
        indirect=True,
        scope="session",
    )


# Where the most can go wrong; `make test-slow` visits the rest.
QUICK = "cutover"


def _marks(place: Place) -> tuple[pytest.MarkDecorator, ...]:
    return () if place.name == QUICK else (pytest.mark.slow,)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        place = getattr(item, "callspec", None) and item.callspec.params.get("stage")  # type: ignore[attr-defined]
        return place.rank if isinstance(place, Place) else -1

    items.sort(key=rank)


@pytest.fixture(scope="session")
def stage(
    request: pytest.FixtureRequest,
    system: System,
    customer: tuple[str, SignedIn],
    merchant: SignedIn,
) -> str:
    """Bring the seam to this place with the commands a user would type; return whose answers to expect."""
    place: Place = request.param
    for needed in NEEDS.get(place.seam, ()):
        _bring(system, needed, "cutover", customer, merchant)
    goal = "monolith" if place.stage == "back-at-monolith" else place.stage
    _bring(system, place.seam, goal, customer, merchant)
    return place.answered_as


def _bring(
    system: System, seam: str, goal: str, customer: tuple[str, SignedIn], merchant: SignedIn
) -> None:
    if system.position(seam) != goal:
        verb = "retreat" if goal == "monolith" else "advance"
        places = SEAMS.get(seam)
        with reading(system, places, customer, merchant) if places else nullcontext():
            moved = system.strangler(verb, seam, "--to", goal)
        assert moved["ok"], moved


class reading:  # noqa: N801 - reads as a phrase: with reading(system)
    """Somebody who reads meanwhile, each product, and their own order and cart, in their places; what
    is not for customers, a merchant.
    """

    def __init__(
        self,
        system: System,
        places: tuple[str, ...],
        customer: tuple[str, SignedIn],
        merchant: SignedIn,
    ) -> None:
        self._merchant = merchant
        self._base_url = system.gateway
        self._places = places
        self._customer, self._who = customer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        with httpx.Client(base_url=self._base_url, auth=self._who, timeout=15) as client:
            products = client.get("/api/v1/products", params={"limit": 5}).json()["items"]
            line = {"product_id": products[0]["id"], "quantity": 1}
            order = client.post(
                "/api/v1/orders",
                json={"customer_id": self._customer, "lines": [line]},
                headers={"Idempotency-Key": str(uuid4())},
            ).json()["id"]
            if MERCHANTS_SEE[0] in self._places:
                self._put_on_the_shelf(client, products[0]["id"])
            while not self._stop.is_set():
                for product in products:
                    for place in self._places:
                        # As somebody new, whose reads go where the weights say.
                        client.cookies.clear()
                        who = self._merchant if place in MERCHANTS_SEE else self._who
                        key = {"product": product["id"], "order": order, "customer": self._customer}
                        client.get(place.format_map(key), auth=who)

    def _put_on_the_shelf(self, client: httpx.Client, product: str) -> None:
        """A page with nothing on it is compared, and says nothing."""
        places = client.get("/api/v1/warehouses", auth=self._merchant).json()["items"]
        client.post(
            f"/api/v1/stock/{product}/adjustments",
            json={
                "warehouse": places[0]["slug"],
                "change": 1,
                "reason": "received",
                "note": "found",
            },
            headers={"Idempotency-Key": str(uuid4())},
            auth=self._merchant,
        ).raise_for_status()


@dataclass(frozen=True, slots=True)
class Shop:
    """The API as its clients know it."""

    client: httpx.Client

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        # As somebody new: what we have just written would be shown to us by its owner.
        self.client.cookies.clear()
        return self.client.get(path, params=parameters)

    def write(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4()), **options.pop("headers", {})}
        content = {} if body is None else {"json": body}
        return self.client.request(method, path, headers=headers, **content, **options)

    def create(self, **fields: Any) -> dict[str, Any]:
        response = self.write("POST", "/api/v1/products", new_product(**fields))
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def sees(self, product: dict[str, Any]) -> None:
        """Wait until reads through this door show the product as it is now (replicas lag)."""
        path = f"/api/v1/products/{product['id']}"
        for _ in range(10):
            # Several answers in a row: a canary has more than one side.
            eventually(lambda: self.get(path).json() == product, what=f"{path} to be up to date")


def answered_by(url: str, *, strangers: int = 40) -> set[str]:
    """Who answers people who have never been here: a canary keeps each cookie on its side."""
    # Without `verify` each of them would read all certificates there are, for a plain address.
    answers = (httpx.get(url, verify=False, trust_env=False) for _ in range(strangers))
    return {answer.headers["X-Served-By"] for answer in answers}


def new_product(**fields: Any) -> dict[str, Any]:
    return {
        "sku": f"T-{uuid4()}",
        "name": "Reliable lamp",
        "description": "Shines.",
        "category": "kitchen-rug",
        "price": {"amount": 1999, "currency": "EUR"},
        **fields,
    }


@pytest.fixture(scope="session")
def merchant(system: System) -> SignedIn:
    """Who writes the catalog; one for the suite, so that it signs in rarely."""
    return system.signed_in("merchant")


@pytest.fixture(scope="session")
def open_door(system: System, merchant: SignedIn) -> Iterator[Callable[..., Shop]]:
    """Open `gateway`, or one side directly: `monolith`, a service; as the merchant, or as `who`."""
    urls = {"gateway": system.gateway, "monolith": system.monolith}
    urls |= {seam: system.instances(seam)[0] for seam in SEAMS}
    clients: list[httpx.Client] = []

    @cache
    def open_door(name: str, who: httpx.Auth | None = merchant) -> Shop:
        look = promised_behind_a_gateway if name == "gateway" else promised
        hooks = {"response": [look]}
        clients.append(httpx.Client(base_url=urls[name], auth=who, timeout=15, event_hooks=hooks))
        return Shop(clients[-1])

    yield open_door
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def customer(system: System) -> tuple[str, SignedIn]:
    """Somebody who buys: the id, and who it is."""
    return a_new_customer(system.monolith)


@pytest.fixture
def shop(open_door: Callable[..., Shop]) -> Shop:
    return open_door("gateway")


@pytest.fixture
def buyer(open_door: Callable[..., Shop], customer: tuple[str, SignedIn]) -> Shop:
    """The gateway as a customer uses it."""
    return open_door("gateway", customer[1])


@pytest.fixture(scope="session")
def category(open_door: Callable[..., Shop]) -> str:
    items = open_door("monolith").get("/api/v1/categories").json()["items"]
    return str(items[0]["slug"])
