"""The table of known differences says what is so."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

_PATH = Path(__file__).with_name("differences.py")


def _table() -> Any:
    spec = importlib.util.spec_from_file_location("conformance_differences", _PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DIFFERENCES


@pytest.mark.parametrize("difference", _table(), ids=lambda known: known.name)
def test_a_known_difference_is_still_one(world: Any, difference: Any) -> None:
    expected = difference.embedded if world.kong.is_embedded else difference.kong
    assert difference.seen(world) == expected, difference.reason
