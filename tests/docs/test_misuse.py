"""Every command line of ours refuses a wrong option in one line, with exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

FOLDERS = ("deploy", "extracted", "gateway-config", "loadtests", "migration-plan", "monolith")
ROOTS = ("deploy", "gateway-config", "migration-plan", ".")
# The first takes no words, the other two none from people.
WITHOUT_OPTIONS = {"bank", "healthy", "loadtests.compare.generator"}


def programs() -> set[str]:
    """What can be run with `python -m`."""
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if '__name__ == "__main__"' in path.read_text(encoding="utf-8"):
                found.add(module_of(path))
    return found


def module_of(path: Path) -> str:
    root = next(ROOT / root for root in ROOTS if path.is_relative_to(ROOT / root))
    words = path.relative_to(root).with_suffix("").parts
    return ".".join(word for word in words if word != "__main__").removeprefix("containers.")


WRONG = [
    *((program, "--nonsense") for program in sorted(programs() - WITHOUT_OPTIONS)),
    ("stack", "status", "--nonsense"),
    ("loadtests", "run", "--nonsense"),
    ("monolith.manage", "sales_report", "--nonsense"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_option_is_one_line_and_exit_code_two(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "monolith.config.settings.test"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
