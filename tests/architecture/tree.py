"""The source tree as the architecture tests see it."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = ROOT / "pyproject.toml"
# Import root -> the folder it stands in.
PACKAGES = {
    "monolith": "",
    "extracted": "",
    "loadtests": "",
    "kong_admin": "gateway-config",
    "embedded_gateway": "gateway-config",
    "handover": "migration-plan",
    "stages": "migration-plan",
    "strangler": "migration-plan",
    "stack": "deploy",
    "demo": "deploy",
    "seeding": "deploy",
    "bank": "deploy",
}


def folder(package: str) -> Path:
    return ROOT / PACKAGES[package] / package


def modules() -> Iterator[Path]:
    """Every Python file of our packages."""
    for package in PACKAGES:
        yield from sorted(folder(package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def functions(path: Path) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return tuple(n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def import_rules() -> dict[str, dict[str, Any]]:
    """The import rules of pyproject.toml by their id."""
    tool = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {rule["id"]: rule for rule in tool["contracts"]}


def root_packages() -> set[str]:
    tool = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]
    return set(tool["root_packages"])
