"""The API as OpenAPI 3.1, made from the views' descriptions; `monolith.config.openapi` writes it."""

import json
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from monolith.web.answers import json_bytes

# Their tests hold them to it: tests/extracted/test_same_api.py.
OF_THE_SERVICES = tuple(
    f"/api/v1/{name}"
    for name in ("products", "categories", "warehouses", "stock", "orders", "carts", "checkouts")
)
GOLDEN = Path(__file__).resolve().parents[2] / "extracted" / "contracts" / "openapi.json"


def published(_request: HttpRequest) -> HttpResponse:
    """Answer with the committed file: what was reviewed is what clients are told."""
    return json_bytes(GOLDEN.read_bytes())


def document() -> dict[str, Any]:
    """Make the document from the code; what services serve stays as it was reviewed."""
    # A server that starts has no use for what makes it.
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415

    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    known = json.loads(GOLDEN.read_text(encoding="utf-8"))
    theirs = {p: found for p, found in known["paths"].items() if p.startswith(OF_THE_SERVICES)}
    shapes = known["components"]["schemas"] | made["components"]["schemas"]
    return made | {
        "paths": theirs | made["paths"],
        "components": made["components"] | {"schemas": shapes},
    }


def text() -> str:
    """Return the document as it is committed."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
