"""Whatever is done in whatever order, the books of the warehouse add up."""

import uuid
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import AdjustStock, OutOfStock, ReservationLost, StockLine
from monolith.inventory import actions, adjustments, selectors
from monolith.inventory.models import Stock
from monolith.inventory.seam import INVENTORY
from monolith.outbox.once import Attempt

PRODUCTS = 3
products = st.integers(0, PRODUCTS - 1)
quantities = st.integers(1, 6)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("reserve"),
            st.lists(st.tuples(products, quantities), min_size=1, max_size=3),
            st.sampled_from([0, 600]),
        ),
        st.tuples(st.sampled_from(["confirm", "release", "again"]), st.integers(0, 9)),
        st.tuples(st.just("adjust"), products, st.integers(-8, 8).filter(bool)),
        st.tuples(st.just("expire")),
    ),
    max_size=25,
)


class Anything:
    """A catalog that knows every product."""

    def get_quotes(self, *, product_ids):
        return dict.fromkeys(product_ids, True)


class Book:
    """What the stock must be, kept in the simplest way: by adding up."""

    def __init__(self, warehouses):
        self.products = [uuid7() for _ in range(PRODUCTS)]
        self.warehouses = warehouses
        self.on_hand = Counter()
        self.asked = {}
        self.standing = {}

    def reserve(self, wishes, expires_in_s):
        reservation_id = uuid7()
        lines = [StockLine(product_id=self.products[at], quantity=n) for at, n in wishes]
        wanted = Counter()
        for line in lines:
            wanted[line.product_id] += line.quantity
        before = {key: self.on_hand[key] - self.reserved[key] for key in wanted}
        try:
            INVENTORY.reserve(reservation_id=reservation_id, lines=lines, expires_in_s=expires_in_s)
        except OutOfStock as error:
            left, missed = error.available, error.wanted
            is_right = left == before[error.product_id] and left < missed
        else:
            is_right = all(before[key] >= count for key, count in wanted.items())
            self.asked[reservation_id] = (wishes, wanted, expires_in_s)
            self.standing[reservation_id] = "held"
        assert is_right

    def again(self, number):
        if key := self._chosen(number):
            wishes, _, expires_in_s = self.asked[key]
            lines = [StockLine(product_id=self.products[at], quantity=n) for at, n in wishes]
            if self.standing[key] in {"held", "confirmed"}:
                INVENTORY.reserve(reservation_id=key, lines=lines, expires_in_s=expires_in_s)
            else:
                with pytest.raises(ReservationLost):
                    INVENTORY.reserve(reservation_id=key, lines=lines, expires_in_s=expires_in_s)

    def confirm(self, number):
        if not (key := self._chosen(number)):
            return
        if self.standing[key] in {"released", "expired"}:
            with pytest.raises(ReservationLost):
                INVENTORY.confirm(reservation_id=key)
            return
        INVENTORY.confirm(reservation_id=key)
        if self.standing[key] == "held":
            self.on_hand.subtract(self.asked[key][1])
        self.standing[key] = "confirmed"

    def release(self, number):
        if key := self._chosen(number):
            INVENTORY.release(reservation_id=key)
            if self.standing[key] == "confirmed":
                self.on_hand.update(self.asked[key][1])
            if self.standing[key] != "expired":
                self.standing[key] = "released"

    def expire(self):
        ended = set()
        while reservation := actions.expire_one():
            ended.add(reservation.id)
        due = {key for key, (_, _, s) in self.asked.items() if s == 0}
        assert ended == {key for key in due if self.standing[key] == "held"}
        self.standing.update(dict.fromkeys(ended, "expired"))

    def adjust(self, at, change):
        product_id = self.products[at]
        warehouse = self.warehouses[change % len(self.warehouses)]
        command = AdjustStock(warehouse=warehouse.slug, change=change, reason="counted")
        attempt = Attempt(key=uuid.uuid4(), request_hash="x")
        try:
            adjustments.adjust_stock(product_id, command, attempt=attempt, catalog=Anything())
        except OutOfStock as error:
            is_right = error.available < -change
        else:
            is_right = True
            self.on_hand[product_id] += change
        assert is_right

    @property
    def reserved(self):
        held = Counter()
        for key, standing in self.standing.items():
            if standing == "held":
                held.update(self.asked[key][1])
        return held

    def check(self):
        for product_id in self.products:
            rows = list(Stock.objects.filter(product_id=product_id))
            assert all(0 <= row.reserved <= row.on_hand for row in rows)
            assert sum(row.on_hand for row in rows) == self.on_hand[product_id]
            assert sum(row.reserved for row in rows) == self.reserved[product_id]
            free = self.on_hand[product_id] - self.reserved[product_id]
            assert selectors.availability([product_id]) == {product_id: free}

    def _chosen(self, number):
        keys = list(self.asked)
        return keys[number % len(keys)] if keys else None


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_no_order_of_events_loses_or_invents_goods(shelves, steps):
    book = Book(shelves)
    for at in range(PRODUCTS):
        book.adjust(at, 7)
        book.adjust(at, 4)
    for name, *arguments in steps:
        getattr(book, name)(*arguments)
        book.check()
    # The examples share a database: nothing overdue is left to the next.
    book.expire()
    book.check()


@pytest.fixture
def shelves(make_warehouse):
    return [make_warehouse("near", position=1), make_warehouse("far", position=2)]
