"""The published language is what is committed: a changed schema is a visible, reviewed change."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest

from extracted.contracts import golden
from extracted.contracts.catalog import Category, Product
from extracted.contracts.values import Money

FORMATS = jsonschema.FormatChecker()
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
PRODUCT = Product(
    id=UUID(int=1),
    sku="LAMP-1",
    name="Lamp",
    description="",
    category=Category(id=UUID(int=2), slug="lamps", name="Lamps"),
    price=Money(amount=1999, currency="EUR"),
    version=1,
    created_at=AT,
    updated_at=AT,
)


def test_every_golden_schema_describes_the_code_as_it_is() -> None:
    assert golden.stale() == (), "run: python -m extracted.contracts.golden --write"


@pytest.mark.parametrize("path", sorted(golden.SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_schema_is_itself_valid(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_what_is_written_passes_its_golden_schema() -> None:
    schema = json.loads((golden.SCHEMAS / "catalog.Product.json").read_text())
    body = json.loads(PRODUCT.model_dump_json())
    jsonschema.validate(body, schema, format_checker=FORMATS)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body | {"surprise": True}, schema, format_checker=FORMATS)


def test_a_changed_a_missing_and_a_forgotten_schema_are_named(tmp_path: Path) -> None:
    golden.write(folder=tmp_path)
    assert golden.stale(folder=tmp_path) == ()
    (tmp_path / "catalog.Product.json").write_text("{}\n")
    (tmp_path / "orders.Order.json").unlink()
    (tmp_path / "catalog.Basket.json").write_text("{}\n")
    assert golden.stale(folder=tmp_path) == (
        "catalog.Basket.json",
        "catalog.Product.json",
        "orders.Order.json",
    )


def test_writing_removes_what_describes_nothing_any_more(tmp_path: Path) -> None:
    (tmp_path / "catalog.Basket.json").write_text("{}\n")
    golden.write(folder=tmp_path)
    assert golden.stale(folder=tmp_path) == ()
