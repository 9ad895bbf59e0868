import json
from uuid import UUID

import pytest

from extracted.contracts.catalog import DOMAIN, ProductEvent
from extracted.contracts.orders import OrderPlaced
from monolith.catalog import facts
from monolith.catalog.models import Product
from monolith.outbox.record import recorded

pytestmark = pytest.mark.usefixtures("committed")


def _outbox(owner, domain="catalog"):
    return owner.execute(
        "SELECT event, aggregate_id, epoch, payload, correlation_id FROM handover.outbox "
        "WHERE domain = %s ORDER BY id",
        (domain,),
    ).fetchall()


def test_every_write_of_a_captured_domain_says_what_became_true(api, make_product, capture, owner):
    made = make_product()
    path = f"/products/{made['id']}"
    api.patch(path, {"name": "New"}, headers={"X-Correlation-ID": "c-1"})
    api.delete(path)
    created, changed, deleted = _outbox(owner)
    assert [created[0], changed[0], deleted[0]] == [
        "product_created",
        "product_changed",
        "product_deleted",
    ]
    assert {row[1] for row in (created, changed, deleted)} == {made["id"]}
    assert {row[2] for row in (created, changed, deleted)} == {1}
    assert changed[4] == "c-1"
    versions = []
    for _, _, _, payload, _ in (created, changed, deleted):
        product, command = ProductEvent.model_validate_json(json.dumps(payload)).rows
        versions.append((product.op, product.image.version))
        assert command.image.aggregate_id == UUID(made["id"])
        assert (command.image.side, command.image.epoch) == ("monolith", 1)
    assert versions == [("put", 1), ("put", 2), ("delete", 3)]


def test_a_fact_says_the_row_as_it_is_stored(api, make_product, capture, owner):
    make_product()
    _, _, _, payload, _ = _outbox(owner)[0]
    for row in payload["rows"]:
        entity = row["entity"]
        stored = owner.execute(f"SELECT image FROM handover.image_catalog_{entity}").fetchone()
        assert row["image"] == stored[0]


def test_nothing_is_recorded_before_anybody_listens(make_product, owner):
    make_product()
    assert _outbox(owner) == []


def test_the_row_and_its_fact_live_or_die_together(make_product, capture, owner):
    make_product()
    before = _outbox(owner)

    def write_and_fail() -> None:
        with recorded(DOMAIN) as record:
            Product.objects.update(name="Halfway")
            record("product_changed", aggregate_id="1", payload=ProductEvent(rows=()))
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_and_fail()
    assert _outbox(owner) == before
    assert facts.value(Product.objects.select_related("category").get()).name == "Reading lamp"


def test_orders_are_told_of_from_the_first_on(api, make_product, owner):
    product = make_product()
    customer = api.post("/customers", {"email": "a@example.com", "name": "Ada"}).json()
    line = {"product_id": product["id"], "quantity": 2}
    order = api.post("/orders", {"customer_id": customer["id"], "lines": [line]})
    event, aggregate_id, _, payload, _ = _outbox(owner, "orders")[0]
    assert (event, aggregate_id) == ("order_placed", order.json()["id"])
    told = OrderPlaced.model_validate_json(json.dumps(payload)).order
    assert told.model_dump_json().encode() == order.content
