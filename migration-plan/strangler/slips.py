"""Turns what is wrong with a plan into one line that says where, and often what was meant."""

import difflib
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError


def with_hint(message: str) -> str:
    """Say how to get a variable that the environment lacks."""
    if "the environment has no" not in message:
        return message
    return f'{message}: set -a; eval "$(python -m stack env)"; set +a'


def first_problem(error: ValidationError, *, model: type[BaseModel]) -> str:
    """Name one problem of a document with its path, and count the others."""
    # A misspelt key is also a missing one; the slip itself says more.
    problem, *others = sorted(
        error.errors(include_url=False, include_input=False),
        key=lambda one: one["type"] != "extra_forbidden",
    )
    path = ".".join(map(str, problem["loc"]))
    more = f" (and {len(others)} more)" if others else ""
    if problem["type"] == "extra_forbidden":
        return f"{path}: unknown key{_did_you_mean(problem['loc'], model=model)}{more}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{path}: {message}{more}" if path else f"{message}{more}"


def _did_you_mean(loc: tuple[int | str, ...], *, model: Any) -> str:
    for part in loc[:-1]:
        found = model.model_fields[str(part)].annotation
        model = next((choice for choice in get_args(found) if choice is not NoneType), found)
    close = difflib.get_close_matches(str(loc[-1]), list(model.model_fields), n=1)
    return f", did you mean {close[0]!r}?" if close else ""
