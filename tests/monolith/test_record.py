import json
from uuid import UUID, uuid4

import pytest

from extracted.contracts.catalog import DOMAIN, ProductEvent
from extracted.contracts.orders import CartChanged, OrderPlaced
from monolith.catalog import facts
from monolith.catalog.models import Product
from monolith.orders.models import Cart, CartLine
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


def _say(record, customer_id):
    record.with_rows(
        "cart_changed",
        aggregate_id=customer_id,
        payload=CartChanged(customer_id=customer_id),
        rows={"cart": [customer_id]},
    )


def test_what_is_said_with_rows_shows_them_as_they_are_at_the_end(owner):
    customer_id = uuid4()
    with recorded("orders") as record:
        Cart.objects.create(customer_id=customer_id)
        _say(record, customer_id)
        assert _outbox(owner, "orders") == []
        Cart.objects.update(version=7)
        CartLine.objects.create(cart_id=customer_id, product_id=uuid4(), quantity=2, position=1)
    ((event, aggregate_id, _, payload, _),) = _outbox(owner, "orders")
    assert (event, aggregate_id) == ("cart_changed", str(customer_id))
    (row,) = payload["rows"]
    assert (row["entity"], row["op"], row["image"]["version"]) == ("cart", "put", 7)
    assert [line["quantity"] for line in row["image"]["lines"]] == [2]


def test_a_row_can_be_added_to_what_was_said_last(owner):
    first, last = uuid4(), uuid4()
    with recorded("orders") as record:
        for customer_id in (first, last):
            Cart.objects.create(customer_id=customer_id)
            _say(record, customer_id)
        record.also("cart", first)
    before, after = (row[3]["rows"] for row in _outbox(owner, "orders"))
    assert [row["image"]["customer_id"] for row in before] == [str(first)]
    assert {row["image"]["customer_id"] for row in after} == {str(first), str(last)}


def test_a_row_cannot_be_added_to_nothing():
    with recorded("orders") as record, pytest.raises(IndexError):
        record.also("cart", uuid4())


def test_what_was_said_of_a_write_that_failed_was_never_said(owner):
    customer_id = uuid4()

    def write_and_fail() -> None:
        with recorded("orders") as record:
            Cart.objects.create(customer_id=customer_id)
            _say(record, customer_id)
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_and_fail()
    assert _outbox(owner, "orders") == []


def test_facts_are_told_in_the_order_in_which_they_were_said(owner):
    customers = [uuid4() for _ in range(3)]
    with recorded("orders") as record:
        for customer_id in customers:
            Cart.objects.create(customer_id=customer_id)
            _say(record, customer_id)
    told = [aggregate_id for _, aggregate_id, *_ in _outbox(owner, "orders")]
    assert told == [str(customer_id) for customer_id in customers]
