"""The golden schemas: every value of the published language as JSON Schema, committed and reviewed.

    python -m extracted.contracts.golden            # exit code 1 when a file is out of date
    python -m extracted.contracts.golden --write    # make the files anew

What is asked of us is described as we read it, everything else as we write it: a field with a
default may be missing in a request, and is always there in an answer.
"""

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from extracted.contracts import (
    catalog,
    commands,
    customers,
    envelope,
    identity,
    inventory,
    notifications,
    orders,
    payments,
    problems,
    reports,
    rpc,
)
from extracted.contracts.parser import Parser

SCHEMAS = Path(__file__).with_name("schemas")
MODULES = (
    catalog,
    commands,
    customers,
    envelope,
    identity,
    inventory,
    notifications,
    orders,
    payments,
    problems,
    reports,
    rpc,
)
ASKED = (
    catalog.CreateProduct,
    catalog.ChangeProduct,
    catalog.ProductQuery,
    catalog.PutCategory,
    customers.AddAddress,
    customers.PresentToken,
    customers.RegisterCustomer,
    customers.SignIn,
    inventory.AdjustStock,
    inventory.AdjustmentQuery,
    orders.CheckOut,
    orders.OrderItem,
    orders.OrderQuery,
    orders.PlaceOrder,
    orders.RefundOrder,
    orders.SetCartLine,
    reports.SalesQuery,
)


def schemas() -> Mapping[str, str]:
    """Return the text of each golden file by its name."""
    return {f"{name}.json": _text(model) for name, model in _models()}


def stale(*, folder: Path = SCHEMAS) -> tuple[str, ...]:
    """Name the files that differ from the code, are missing, or describe nothing any more."""
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    wanted = schemas()
    names = written.keys() | wanted.keys()
    return tuple(sorted(name for name in names if written.get(name) != wanted.get(name)))


def write(*, folder: Path = SCHEMAS) -> None:
    """Make the files equal to the code."""
    folder.mkdir(exist_ok=True)
    wanted = schemas()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _models() -> Iterator[tuple[str, type[BaseModel]]]:
    for module in MODULES:
        context = module.__name__.rpartition(".")[2]
        for name, model in inspect.getmembers(module, inspect.isclass):
            if issubclass(model, BaseModel) and model.__module__ == module.__name__:
                yield f"{context}.{name}", model


def _text(model: type[BaseModel]) -> str:
    mode: Literal["validation", "serialization"] = (
        "validation" if model in ASKED else "serialization"
    )
    schema: dict[str, Any] = model.model_json_schema(mode=mode)
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Check the files, or write them; return the exit code."""
    parser = Parser(prog="python -m extracted.contracts.golden", description="The golden schemas.")
    parser.add_argument("--write", action="store_true", help="make the files anew")
    if parser.parse_args().write:
        write()
    differing = stale()
    for name in differing:
        print(f"golden: {name} does not describe the code; review, then --write", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
