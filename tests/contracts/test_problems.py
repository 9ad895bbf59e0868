"""Problem details: the same body for the same fault, on both sides."""

import json
import re

import pytest

from extracted.contracts import problems
from extracted.contracts.problems import FieldError, ProblemError, invalid_input


def test_a_problem_is_compact_json_without_empty_errors() -> None:
    problem = ProblemError("sku-taken", "There is a product LÄMP-1 already.").problem
    assert (
        problem.to_json()
        == (
            '{"type":"urn:problem:sku-taken","title":"The SKU is taken","status":409,'
            '"detail":"There is a product LÄMP-1 already."}'
        ).encode()
    )


def test_invalid_input_names_each_field_once_in_its_detail() -> None:
    errors = [FieldError(field=name, detail="no") for name in ("price", "name", "price")]
    error = invalid_input(errors)
    assert error.detail == "Refused: name, price."
    assert len(json.loads(error.problem.to_json())["errors"]) == 3


def test_every_kind_is_drawn_in_the_tree_and_the_reverse() -> None:
    tree = problems.__doc__ or ""
    lines = re.findall(r"^  x (\d{3}) ([a-z, -]+?)(?:  .*)?$", tree, re.MULTILINE)
    drawn = {kind.strip(): int(status) for status, kinds in lines for kind in kinds.split(",")}
    assert drawn == {kind: status for kind, (status, *_) in problems._KINDS.items()}


@pytest.mark.parametrize("kind", sorted(problems._KINDS))
def test_every_kind_has_an_error_status_and_a_title(kind: str) -> None:
    problem = ProblemError(kind, "why").problem
    assert 400 <= problem.status < 600
    assert problem.title
    assert problem.type == f"urn:problem:{kind}"
