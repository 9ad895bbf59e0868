"""The lock of each deployable holds what its group names: an image installs nothing else."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]


def named(group: str) -> set[str]:
    """The packages that a group names itself, or by the groups it includes."""
    names = set()
    for entry in GROUPS[group]:
        if isinstance(entry, dict):
            names |= named(entry["include-group"])
        else:
            names.add(normalized(re.split(r"[\[=<>~!;]", entry)[0]))
    return names


def locked(group: str) -> set[str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    return {
        normalized(name) for name in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE)
    }


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@pytest.mark.parametrize("group", GROUPS)
def test_what_a_group_names_is_in_its_lock(group: str) -> None:
    assert named(group)
    assert named(group) - locked(group) == set(), "run: make lock"
