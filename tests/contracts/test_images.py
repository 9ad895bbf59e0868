"""Rows travel as the document of events says: each entity against the images that are said of it."""

import json
from importlib import import_module
from typing import Any

import pytest

from extracted.chassis import asyncapi
from extracted.contracts.events import EVENTS
from handover import Domain, Entity
from tests.architecture.tree import ROOT

COMMITTED: dict[str, Any] = json.loads(asyncapi.GOLDEN.read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = COMMITTED["components"]["schemas"]
DOMAINS = [path.parent.name for path in sorted((ROOT / "monolith").glob("*/entities.py"))]
# What a column can hold of JSON; an array of lines is one jsonb column or a table of its own.
KINDS = {
    "uuid": ("string", "uuid"),
    "text": ("string", None),
    "timestamptz": ("string", "date-time"),
    "bigint": ("integer", None),
    "integer": ("integer", None),
    "smallint": ("integer", None),
    "boolean": ("boolean", None),
    "jsonb": ("object", None),
}


def images(domain: str) -> dict[str, dict[str, Any]]:
    """The images that travel in the events of a domain, by their entity."""
    found = {}
    for payload in EVENTS[domain].values():
        rows = SCHEMAS[payload.__name__]["properties"]["rows"]["items"]
        for choice in rows.get("oneOf") or rows.get("anyOf") or [rows]:
            change = SCHEMAS[choice["$ref"].rpartition("/")[2]]["properties"]
            image = change["image"]["$ref"].rpartition("/")[2]
            found[change["entity"]["const"]] = SCHEMAS[image]["properties"]
    return found


def kind_of(schema: dict[str, Any]) -> tuple[str, str | None]:
    if "$ref" in schema:
        return kind_of(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    choices = schema.get("anyOf", [schema])
    plain = next(choice for choice in choices if choice != {"type": "null"})
    if "$ref" in plain:
        return kind_of(plain)
    held = "object" if plain["type"] == "array" else plain["type"]
    return held, plain.get("format")


@pytest.mark.parametrize("name", DOMAINS)
def test_an_entity_holds_what_is_said_of_its_rows(name: str) -> None:
    domain: Domain = getattr(import_module(f"monolith.{name}.entities"), name.upper())
    sent = images(domain.name)
    assert sent.keys() == {entity.name for entity in domain.entities}
    for entity in domain.entities:
        assert reads(entity) == {
            field: kind_of(schema) for field, schema in sent[entity.name].items()
        }


def reads(entity: Entity) -> dict[str, tuple[str, str | None]]:
    own = {field.name: KINDS[field.type] for field in entity.fields}
    return own | {part.name: KINDS["jsonb"] for part in entity.parts}
