import uuid

import pytest

from extracted.contracts.catalog import Quote
from monolith.inventory.seam import INVENTORY

pytestmark = pytest.mark.django_db


@pytest.fixture
def adjust(api):
    def adjust(product_id, change, reason="received", warehouse="north", headers=None, **more):
        body = {"warehouse": warehouse, "change": change, "reason": reason, **more}
        return api.post(f"/stock/{product_id}/adjustments", body, headers=headers or {})

    return adjust


def test_received_goods_are_in_stock(api, make_product, make_warehouse, adjust):
    make_warehouse()
    product = make_product()["id"]
    made = adjust(product, 12, note="Delivery 4711")
    assert made.status_code == 201
    assert (made.json()["on_hand"], made.json()["note"]) == (12, "Delivery 4711")
    stock = api.get(f"/stock/{product}").json()
    assert stock["available"] == 12
    (level,) = stock["levels"]
    assert (level["warehouse"], level["on_hand"], level["reserved"]) == ("north", 12, 0)


def test_a_product_that_nobody_has_is_sold_out_and_an_unknown_one_is_not_found(api, make_product):
    product = make_product()["id"]
    assert api.get(f"/stock/{product}").json() == {
        "product_id": product,
        "available": 0,
        "levels": [],
    }
    assert api.get(f"/stock/{product}/adjustments").json()["items"] == []
    for place in ("", "/adjustments"):
        unknown = api.get(f"/stock/{uuid.uuid4()}{place}")
        assert (unknown.status_code, unknown.json()["type"]) == (
            404,
            "urn:problem:product-not-found",
        )


def test_reserved_goods_are_shown_and_cannot_be_adjusted_away(
    api, make_product, make_warehouse, adjust, lines
):
    make_warehouse()
    product = make_product()["id"]
    adjust(product, 5)
    INVENTORY.reserve(
        reservation_id=uuid.uuid4(), lines=lines((uuid.UUID(product), 3)), expires_in_s=60
    )
    assert api.get(f"/stock/{product}").json()["available"] == 2
    refused = adjust(product, -3, "damaged")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:out-of-stock")
    assert "3 are wanted, 2 are left" in refused.json()["detail"]
    assert adjust(product, -2, "damaged").status_code == 201
    assert api.get(f"/stock/{product}").json()["available"] == 0


def test_an_adjustment_sent_twice_is_made_once(api, make_product, make_warehouse, adjust):
    make_warehouse()
    product, key = make_product()["id"], {"Idempotency-Key": str(uuid.uuid4())}
    first = adjust(product, 4, headers=key)
    again = adjust(product, 4, headers=key)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert api.get(f"/stock/{product}").json()["available"] == 4
    other = adjust(product, 5, headers=key)
    assert other.json()["type"] == "urn:problem:idempotency-key-reused"


def test_adjustments_are_listed_newest_first_with_their_reasons(
    api, make_product, make_warehouse, adjust
):
    make_warehouse()
    product = make_product()["id"]
    adjust(product, 9)
    adjust(product, -2, "lost")
    adjust(product, -1, "damaged")
    page = api.get(f"/stock/{product}/adjustments", limit=2).json()
    assert [(item["change"], item["reason"]) for item in page["items"]] == [
        (-1, "damaged"),
        (-2, "lost"),
    ]
    rest = api.get(f"/stock/{product}/adjustments", cursor=page["next_cursor"]).json()
    assert [item["on_hand"] for item in rest["items"]] == [9]
    assert rest["next_cursor"] is None


def test_warehouses_are_listed_in_the_order_of_taking(api, make_warehouse):
    make_warehouse("far", position=2)
    make_warehouse("near", position=1)
    assert [item["slug"] for item in api.get("/warehouses").json()["items"]] == ["near", "far"]


@pytest.mark.parametrize(
    "change",
    [
        {"change": 0},
        {"change": 1.5},
        {"change": "1"},
        {"change": 1_000_001},
        {"reason": "because"},
        {"reason": None},
        {"warehouse": "No Slug"},
        {"note": "x" * 201},
        {"surprise": 1},
    ],
)
def test_an_adjustment_is_sensible(api, make_product, make_warehouse, change):
    make_warehouse()
    product = make_product()["id"]
    body = {"warehouse": "north", "change": 1, "reason": "received", **change}
    refused = api.post(f"/stock/{product}/adjustments", body)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:problem:invalid-input")


def test_an_adjustment_names_a_warehouse_and_a_product_that_exist(
    make_product, make_warehouse, adjust
):
    make_warehouse()
    unknown = adjust(make_product()["id"], 1, warehouse="south")
    assert (unknown.status_code, unknown.json()["type"]) == (422, "urn:problem:unknown-warehouse")
    for product in (uuid.uuid4(), "nonsense"):
        unknown = adjust(product, 1)
        assert (unknown.status_code, unknown.json()["type"]) == (
            404,
            "urn:problem:product-not-found",
        )


def test_catalog_is_asked_through_its_seam(make_warehouse):
    from extracted.contracts.inventory import AdjustStock
    from extracted.contracts.values import Money
    from monolith.inventory.adjustments import adjust_stock
    from monolith.outbox.once import Attempt

    class Elsewhere:
        def get_quotes(self, *, product_ids):
            price = Money(amount=1, currency="EUR")
            return {key: Quote(product_id=key, name="Lamp", price=price) for key in product_ids}

    make_warehouse()
    answer = adjust_stock(
        uuid.uuid4(),
        AdjustStock(warehouse="north", change=1, reason="counted"),
        attempt=Attempt(key=uuid.uuid4(), request_hash="x"),
        catalog=Elsewhere(),
    )
    assert answer.status == 201
