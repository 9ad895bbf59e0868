"""What the settings of the project say, as far as it is written out, and our own table."""

import ast
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from strangler.survey.files import Module, SurveyError
from strangler.survey.statements import text_of, texts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of all settings files together: whichever of them says it."""

    installed: frozenset[str] = frozenset()
    user: str | None = None
    is_atomic_by_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What only the team knows: `[tool.survey]` in the pyproject.toml at or above the project."""

    without: tuple[str, ...] = ()
    doors: tuple[str, ...] = ("seam",)
    atomic: tuple[str, ...] = ()


def read_settings(modules: Iterable[Module]) -> Settings:
    """INSTALLED_APPS, AUTH_USER_MODEL and ATOMIC_REQUESTS, where they are literals."""
    installed: set[str] = set()
    user, by_request = None, False
    for module in modules:
        if not any("settings" in part for part in module.name.split(".")):
            continue
        for node in module.nodes:
            if isinstance(node, (ast.Assign, ast.AugAssign)):
                name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
                if name.endswith("APPS"):
                    installed.update(_packages(node.value))
                elif name == "AUTH_USER_MODEL":
                    user = text_of(node.value) or user
            by_request = by_request or _switches_requests(node)
    return Settings(installed=frozenset(installed), user=user, is_atomic_by_request=by_request)


def _packages(value: ast.expr) -> set[str]:
    """An app may be named by its config: `shop.orders.apps.OrdersConfig`."""
    found = {text for node in ast.walk(value) for text in texts_of(node)}
    return {text.partition(".apps.")[0] for text in found}


def _switches_requests(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(text_of(key) == "ATOMIC_REQUESTS" and _is_true(value) for key, value in pairs)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return text_of(node.targets[0].slice) == "ATOMIC_REQUESTS" and _is_true(node.value)
    return False


def _is_true(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def read_choices(root: Path) -> Choices:
    """The team's table; the defaults when nobody wrote one."""
    for folder in (root.resolve(), *root.resolve().parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return _choices(path)
    return Choices()


def _choices(path: Path) -> Choices:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("survey", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is no TOML: {error}"
        raise SurveyError(msg) from error
    known = {field.name for field in fields(Choices)}
    if not isinstance(table, dict) or table.keys() - known:
        msg = f"[tool.survey] of {path} may say {', '.join(sorted(known))}, each a list of names"
        raise SurveyError(msg)
    if not all(isinstance(value, list) for value in table.values()):
        msg = f"[tool.survey] of {path}: each of {', '.join(sorted(known))} is a list of names"
        raise SurveyError(msg)
    return Choices(**{name: tuple(map(str, value)) for name, value in table.items()})
