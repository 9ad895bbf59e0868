"""Cursors: what we hand out we can read again, and nothing else."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from extracted.contracts.catalog import Category, Product, ProductQuery, Sort
from extracted.contracts.values import Money

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
SORTS: tuple[Sort, ...] = ("newest", "name", "price", "-price")
# What PostgreSQL can hold, up to the longest name.
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=200
)

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def product(*, name: str = "Lamp", amount: int = 1, key: UUID | None = None) -> Product:
    return Product(
        id=key or UUID(int=1),
        sku="LAMP-1",
        name=name,
        description="",
        category=Category(id=UUID(int=2), slug="lamps", name="Lamps"),
        price=Money(amount=amount, currency="EUR"),
        version=1,
        created_at=AT,
        updated_at=AT,
    )


def cursor_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@patient
@given(NAMES, st.integers(min_value=0, max_value=100_000_000_00), st.uuids())
def test_every_cursor_that_we_hand_out_is_read_again(name: str, amount: int, key: UUID) -> None:
    last = product(name=name, amount=amount, key=key)
    values: dict[Sort, str | int | None] = {
        "newest": None,
        "name": name,
        "price": amount,
        "-price": amount,
    }
    for sort, value in values.items():
        cursor = ProductQuery(sort=sort).cursor_after(last)
        assert ProductQuery(sort=sort, cursor=cursor).position == (value, key)


@pytest.mark.parametrize("letter", ["a", "é", "漢", "\U0001f4a1", '"', "\x01"])
def test_the_longest_name_fits_into_a_cursor(letter: str) -> None:
    cursor = ProductQuery(sort="name").cursor_after(product(name=letter * 200))
    assert ProductQuery(sort="name", cursor=cursor).position == (letter * 200, UUID(int=1))


@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_belongs_to_its_sort(sort: Sort) -> None:
    cursor = ProductQuery(sort=sort).cursor_after(product())
    for other in SORTS:
        if other != sort:
            with pytest.raises(ValidationError):
                ProductQuery(sort=other, cursor=cursor)


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("newest", ""),
        ("newest", "%%%"),
        ("newest", cursor_of("newest", None)),
        ("newest", cursor_of("newest", None, "no uuid")),
        ("newest", cursor_of("newest", None, 7)),
        ("newest", cursor_of("newest", "2026", str(UUID(int=1)))),
        ("name", cursor_of("name", "La\x00mp", str(UUID(int=1)))),
        ("name", cursor_of("name", "\ud800", str(UUID(int=1)))),
        ("name", cursor_of("name", 7, str(UUID(int=1)))),
        ("price", cursor_of("price", True, str(UUID(int=1)))),
        ("price", cursor_of("price", 10**40, str(UUID(int=1)))),
        ("price", cursor_of("price", -1, str(UUID(int=1)))),
    ],
)
def test_a_forged_cursor_is_refused(sort: Sort, cursor: str) -> None:
    with pytest.raises(ValidationError):
        ProductQuery(sort=sort, cursor=cursor)


@patient
@given(st.text(max_size=400))
def test_no_text_at_all_makes_a_cursor_fail_otherwise(text: str) -> None:
    for sort in SORTS:
        try:
            ProductQuery(sort=sort, cursor=text)
        except ValidationError:
            continue
