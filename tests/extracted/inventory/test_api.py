"""The HTTP face of inventory: what it answers, what it refuses, who may, and that a write happens once."""

import concurrent.futures
import uuid
from collections import Counter
from typing import Any

import httpx
import psycopg
import pytest

from tests.extracted.inventory.conftest import Ask, Levels, Put, lines
from tests.extracted.inventory.front import Front
from tests.extracted.running import Program
from tests.extracted.test_auth import Issuer

STOCK = "/api/v1/stock"
WAREHOUSES = "/api/v1/warehouses"


@pytest.fixture(scope="module")
def merchant(issuer: Issuer) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token('merchant', exp=2_000_000_000)}"}


@pytest.fixture
def adjust(inventory: Program, merchant: dict[str, str]) -> Any:
    def adjust(
        product_id: object, change: object = 1, *, key: str | None = None, **fields: Any
    ) -> httpx.Response:
        said = {"Idempotency-Key": key or str(uuid.uuid4()), **merchant}
        body = {"warehouse": "north", "change": change, "reason": "received", **fields}
        path = f"{STOCK}/{product_id}/adjustments"
        return inventory.http.post(path, json=body, headers=said)

    return adjust


def kind(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def test_received_goods_are_in_stock(inventory: Program, put: Put, adjust: Any) -> None:
    made = adjust(product_id := put(), 12, note="Delivery 4711")
    assert made.status_code == 201
    assert "set-cookie" not in made.headers
    assert made.headers["x-served-by"] == "inventory"
    assert "location" not in made.headers
    assert (made.json()["on_hand"], made.json()["note"]) == (12, "Delivery 4711")

    stock = inventory.http.get(f"{STOCK}/{product_id}")
    (level,) = stock.json()["levels"]
    assert stock.json()["available"] == 12
    assert (level["warehouse"], level["on_hand"], level["reserved"]) == ("north", 12, 0)
    assert (level["version"], level["available"]) == (1, 12)


def test_levels_and_warehouses_come_in_the_order_of_taking(
    inventory: Program, put: Put, merchant: dict[str, str]
) -> None:
    stock = inventory.http.get(f"{STOCK}/{put(south=1, north=2)}").json()
    assert [level["warehouse"] for level in stock["levels"]] == ["north", "south"]
    shown = inventory.http.get(WAREHOUSES, headers=merchant).json()
    assert [place["slug"] for place in shown["items"]] == ["north", "south"]


def test_a_product_that_nobody_has_is_sold_out_and_an_unknown_one_is_not_found(
    inventory: Program, put: Put, merchant: dict[str, str]
) -> None:
    product_id = put()
    shown = inventory.http.get(f"{STOCK}/{product_id}").json()
    assert shown == {"product_id": str(product_id), "available": 0, "levels": []}
    page = inventory.http.get(f"{STOCK}/{product_id}/adjustments", headers=merchant).json()
    assert page == {"items": [], "next_cursor": None}
    for path in (f"{STOCK}/{uuid.uuid4()}", f"{STOCK}/nonsense"):
        for place in ("", "/adjustments"):
            answer = inventory.http.get(path + place, headers=merchant)
            assert kind(answer) == (404, "product-not-found")


def test_only_what_nobody_has_is_asked_for_in_the_shop(
    inventory: Program, put: Put, front: Front
) -> None:
    front.asked.clear()
    inventory.http.get(f"{STOCK}/{put(north=1)}")
    assert front.asked == []
    said = {"X-Correlation-ID": "abc"}
    inventory.http.get(f"{STOCK}/{(product_id := put())}", headers=said)
    [(path, headers)] = front.asked
    assert path == f"/api/v1/products/{product_id}"
    assert headers["X-Correlation-ID"] == "abc"


def test_reserved_goods_are_shown_and_cannot_be_adjusted_away(
    inventory: Program, put: Put, adjust: Any, ask: Ask
) -> None:
    product_id = put(north=5)
    wanted = lines((product_id, 3))
    ask("reserve", reservation_id=str(uuid.uuid4()), lines=wanted, expires_in_s=60)
    assert inventory.http.get(f"{STOCK}/{product_id}").json()["available"] == 2
    refused = adjust(product_id, -3, reason="damaged")
    assert kind(refused) == (409, "out-of-stock")
    assert refused.json()["detail"] == f"Of product {product_id} 3 are wanted, 2 are left."
    assert adjust(product_id, -2, reason="damaged").status_code == 201
    assert inventory.http.get(f"{STOCK}/{product_id}").json()["available"] == 0


def test_an_adjustment_sent_twice_is_made_once(adjust: Any, put: Put, levels: Levels) -> None:
    product_id, key = put(), str(uuid.uuid4())
    first, again = adjust(product_id, 4, key=key), adjust(product_id, 4, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert kind(adjust(product_id, 5, key=key)) == (422, "idempotency-key-reused")
    assert levels(product_id) == {"north": (4, 0)}


def test_one_key_at_once_is_one_adjustment(adjust: Any, put: Put, levels: Levels) -> None:
    product_id, key = put(), str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: adjust(product_id, 3, key=key), range(24)))
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (201, answers[0].content)
    }
    assert levels(product_id) == {"north": (3, 0)}


def test_a_warehouse_opens_once_for_a_new_product(adjust: Any, put: Put, levels: Levels) -> None:
    product_id = put()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: adjust(product_id, 1), range(24)))
    assert sorted(answer.json()["on_hand"] for answer in answers) == list(range(1, 25))
    assert levels(product_id) == {"north": (24, 0)}


def test_adjustments_are_listed_newest_first(
    inventory: Program, put: Put, adjust: Any, merchant: dict[str, str]
) -> None:
    product_id = put()
    for change, reason in ((9, "received"), (-2, "lost"), (-1, "damaged")):
        adjust(product_id, change, reason=reason)

    def page(**query: Any) -> Any:
        path = f"{STOCK}/{product_id}/adjustments"
        return inventory.http.get(path, params=query, headers=merchant).json()

    first = page(limit=2)
    assert [item["change"] for item in first["items"]] == [-1, -2]
    rest = page(cursor=first["next_cursor"])
    assert ([item["on_hand"] for item in rest["items"]], rest["next_cursor"]) == ([9], None)
    # Past the end: nothing more, and no question whether there is such a product.
    assert page(cursor=rest["items"][0]["id"]) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    "fields",
    [
        {"change": 0},
        {"change": 1.5},
        {"change": "1"},
        {"change": 1_000_001},
        {"reason": "because"},
        {"reason": None},
        {"warehouse": "No Slug"},
        {"note": "x" * 201},
        {"note": "a\x00b"},
        {"surprise": 1},
    ],
)
def test_an_adjustment_is_sensible(
    adjust: Any, put: Put, levels: Levels, fields: dict[str, Any]
) -> None:
    product_id = put(north=1)
    refused = adjust(product_id, **{"change": 1, **fields})
    assert kind(refused) == (422, "invalid-input")
    assert refused.json()["errors"]
    assert levels(product_id) == {"north": (1, 0)}


def test_an_adjustment_names_a_warehouse_and_a_product_that_exist(
    adjust: Any, put: Put, operator: psycopg.Connection
) -> None:
    product_id = put()
    assert kind(adjust(product_id, warehouse="west")) == (422, "unknown-warehouse")
    for other in (unknown := uuid.uuid4(), "nonsense"):
        assert kind(adjust(other)) == (404, "product-not-found")
    query = "SELECT count(*) FROM inventory.stock WHERE product_id = ANY(%s)"
    assert operator.execute(query, ([product_id, unknown],)).fetchone() == (0,)


def test_a_write_needs_a_key_a_body_and_json(
    inventory: Program, put: Put, merchant: dict[str, str]
) -> None:
    path, key = f"{STOCK}/{put()}/adjustments", {"Idempotency-Key": str(uuid.uuid4())}
    send = inventory.http.post
    json = {"Content-Type": "application/json"}
    assert kind(send(path, json={}, headers=merchant)) == (400, "missing-idempotency-key")
    bad_key = {**merchant, "Idempotency-Key": "1"}
    assert kind(send(path, json={}, headers=bad_key)) == (400, "invalid-idempotency-key")
    said = {**merchant, **key}
    assert kind(send(path, content=b"{", headers=said | json)) == (400, "malformed-json")
    assert kind(send(path, content=b" " * 70_000, headers=said | json)) == (413, "body-too-large")
    text = {"Content-Type": "text/plain"}
    assert kind(send(path, content=b"1", headers=said | text)) == (415, "unsupported-media-type")
    put_there = inventory.http.put(path, json={}, headers=said)
    assert kind(put_there) == (405, "method-not-allowed")
    assert Counter(put_there.headers["allow"].split(", ")) >= Counter(["GET", "POST"])


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "color=red"])
def test_a_question_makes_sense(
    inventory: Program, put: Put, merchant: dict[str, str], query: str
) -> None:
    path = f"{STOCK}/{put(north=1)}/adjustments?{query}"
    assert kind(inventory.http.get(path, headers=merchant)) == (422, "invalid-input")


def test_only_merchants_look_behind_the_shelves(
    inventory: Program, put: Put, issuer: Issuer, levels: Levels
) -> None:
    product_id = put(north=1)
    path = f"{STOCK}/{product_id}/adjustments"
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"warehouse": "north", "change": 1, "reason": "received"}
    callers: tuple[tuple[dict[str, str], tuple[int, str]], ...] = (
        ({}, (401, "unauthenticated")),
        ({"Authorization": "Bearer x"}, (401, "invalid-token")),
        ({"Authorization": f"Bearer {issuer.token('merchant', exp=1)}"}, (401, "invalid-token")),
        ({"Authorization": f"Bearer {issuer.token()}"}, (403, "forbidden")),
    )
    for said, refusal in callers:
        for answer in (
            inventory.http.get(WAREHOUSES, headers=said),
            inventory.http.get(path, headers=said),
            inventory.http.post(path, json=body, headers=said | key),
        ):
            assert kind(answer) == refusal
        # What is public asks nobody.
        assert inventory.http.get(f"{STOCK}/{product_id}", headers=said).status_code == 200
    assert levels(product_id) == {"north": (1, 0)}


def test_an_adjustment_is_told_with_its_rows_and_its_key(
    adjust: Any, put: Put, operator: psycopg.Connection
) -> None:
    key = str(uuid.uuid4())
    value = adjust(product_id := put(north=1), 3, key=key).json()
    query = "SELECT event, payload FROM handover.outbox WHERE aggregate_id = %s"
    [(event, payload)] = operator.execute(query, (str(product_id),)).fetchall()
    assert event == "stock_adjusted"
    assert payload["adjustment"] == value
    images = {row["entity"]: row["image"] for row in payload["rows"]}
    assert [*images] == ["stock", "adjustment", "command"]
    for entity, image in images.items():
        name = "key" if entity == "command" else "id"
        shown = f"SELECT image FROM handover.image_inventory_{entity} WHERE key = %s"
        assert operator.execute(shown, (image[name],)).fetchone() == (image,)
    assert (images["command"]["key"], images["command"]["side"]) == (key, "service")
    assert images["command"]["response"] == value


class TestShopThatIsAway:
    """Whether there is such a product, only the shop can tell."""

    @pytest.fixture(autouse=True)
    def _back_again(self, front: Front) -> Any:
        yield
        front.away_for = 0

    def test_one_failure_is_asked_again(self, adjust: Any, put: Put, front: Front) -> None:
        product_id, front.away_for = put(), 1
        assert adjust(product_id).status_code == 201

    def test_a_write_that_nobody_can_judge_is_not_done(
        self, inventory: Program, adjust: Any, put: Put, front: Front, levels: Levels
    ) -> None:
        product_id, front.away_for = put(), 1000
        for answer in (adjust(product_id), inventory.http.get(f"{STOCK}/{product_id}")):
            assert kind(answer) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"
        assert levels(product_id) == {}

    def test_an_adjustment_that_was_made_is_answered_again_whatever_the_shop_says(
        self, adjust: Any, put: Put, front: Front, levels: Levels
    ) -> None:
        product_id, key = put(), str(uuid.uuid4())
        first = adjust(product_id, 4, key=key)
        front.known.remove(str(product_id))
        forgotten = adjust(product_id, 4, key=key)
        front.away_for = 1000
        away = adjust(product_id, 4, key=key)
        for again in (forgotten, away):
            assert (again.status_code, again.content) == (201, first.content)
            assert again.headers["idempotency-replayed"] == "true"
        assert kind(adjust(product_id, 5, key=key)) == (422, "idempotency-key-reused")
        assert kind(adjust(product_id, 4)) == (503, "unavailable")
        assert levels(product_id) == {"north": (4, 0)}

    def test_what_is_in_stock_is_shown_all_the_same(
        self, inventory: Program, put: Put, front: Front
    ) -> None:
        product_id, front.away_for = put(north=1), 1000
        assert inventory.http.get(f"{STOCK}/{product_id}").json()["available"] == 1
