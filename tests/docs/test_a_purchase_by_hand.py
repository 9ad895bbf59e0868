"""The purchase of monolith/README.md, typed line by line through the gateway."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import System
from tests.docs.markdown import ROOT, transcript

STEPS = transcript(ROOT / "monolith" / "README.md")
END_OF_STEP = "-- end of step --"
PATIENCE_S = 240


def typed(system: System, folder: Path) -> list[str]:
    """What each step printed; a shell that stops early has fewer of them."""
    lines = [f"{step}\necho '{END_OF_STEP}'\n" for step, _ in STEPS]
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "".join(lines)],
        cwd=folder,
        env=system.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(f"{END_OF_STEP}\n")[:-1]


def as_pattern(printed: str) -> str:
    """A text block as a pattern, in which ... stands for anything within one line."""
    return ".+".join(re.escape(part) for part in printed.split("..."))


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S + 60)
def test_every_step_prints_what_the_document_says(system: System, tmp_path: Path) -> None:
    printed = typed(system, tmp_path)
    wrong = [
        (step, expected, seen)
        for (step, expected), seen in zip(STEPS, printed, strict=True)
        if not re.fullmatch(as_pattern(expected), seen)
    ]
    assert wrong == []


def test_the_purchase_tries_every_card_of_the_bank() -> None:
    tour = "".join(step for step, _ in STEPS)
    bank = (ROOT / "deploy" / "bank" / "cards.py").read_text(encoding="utf-8")
    cards = set(re.findall(r"tok_[a-z]+", bank))
    assert cards
    assert cards <= set(re.findall(r"tok_[a-z]+", tour))


def test_dots_stand_for_something_and_nothing_else_does() -> None:
    assert re.fullmatch(as_pattern("a ... c\n"), "a b c\n")
    assert not re.fullmatch(as_pattern("a ... c\n"), "a  d\n")
    assert not re.fullmatch(as_pattern("a.c\n"), "abc\n")
