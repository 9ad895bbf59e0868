"""Modules and functions fit on a screen; whatever does not is listed with its reason."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import functions, modules, name_of

MODULE_LINES = 200
FUNCTION_LINES = 30

LONG_MODULES: dict[str, str] = {
    "extracted/contracts/problems.py": "the table of all kinds of problems, on one page",
    "extracted/contracts/catalog.py": "a context's whole language on one page, mostly field lists",
    "extracted/contracts/inventory.py": "likewise",
    "extracted/contracts/orders.py": "likewise",
}
LONG_FUNCTIONS: dict[str, str] = {
    "migration-plan/handover/probe.py::serve_probe": "the request handler closes over its question",
}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the last one; the docstring explains and does not count."""
    last = function.end_lineno or function.lineno
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return last - function.lineno + 1
    return last - function.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1)


def long_modules() -> set[str]:
    return {
        name_of(path)
        for path in modules()
        if len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES
    }


def long_functions() -> set[str]:
    return {
        f"{name_of(path)}::{function.name}"
        for path in modules()
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    }


def test_no_module_is_longer_than_a_reader_has_patience() -> None:
    assert long_modules() - LONG_MODULES.keys() == set()


def test_no_function_is_longer_than_a_screen() -> None:
    assert long_functions() - LONG_FUNCTIONS.keys() == set()


def test_no_exception_is_stale() -> None:
    assert LONG_MODULES.keys() - long_modules() == set()
    assert LONG_FUNCTIONS.keys() - long_functions() == set()


@pytest.mark.parametrize("word", ["utils", "common", "helpers", "core", "misc"])
def test_no_module_is_named_after_nothing(word: str) -> None:
    named_so = [
        name_of(path) for path in modules() if word in Path(name_of(path)).with_suffix("").parts
    ]
    assert named_so == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in modules()
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert silent == []
