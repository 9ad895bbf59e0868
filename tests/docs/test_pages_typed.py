"""What the plan's documents show that needs no running system, typed as it stands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT
from tests.docs.typed_blocks import lines_to_type

PLAN = ROOT / "migration-plan"
README, PROOF = PLAN / "README.md", PLAN / "proof.md"


def types(line: str, *, timeout_s: float = 120) -> str:
    """Type a line in the tree, with its virtual environment; returns all that was printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{done.returncode}: {line}\n{said}"
    return said


def lines(name: str, *, block: int) -> list[str]:
    return lines_to_type(PLAN / name, name=name)[block]


def test_the_picture_is_drawn_into_the_page_anew() -> None:
    before = README.read_bytes()
    try:
        (line,) = lines("README.md", block=0)
        types(line)
        assert README.read_bytes() == before
    finally:
        README.write_bytes(before)


def test_the_matrix_says_what_it_would_kill() -> None:
    for page, block in (("README.md", 6), ("chaos.md", 0)):
        (line,) = lines(page, block=block)
        assert re.search(r"^(\d{3}) of \1 cases, about ", types(line), re.MULTILINE)


def test_a_mutant_is_told_as_a_story() -> None:
    mutant, _ = lines("proof.md", block=0)
    story = types(mutant)
    assert "1 of 1 mutants caught" in story
    # A counterexample as a story: numbered steps, the shortest there is.
    assert "         1. " in story


def test_the_survey_says_what_ties_our_apps() -> None:
    whole, one, document, limit = lines("survey.md", block=0)
    assert types(whole).startswith("40 to burn down: ")
    assert types(one).startswith("orders: 40 of 40 to burn down; ")
    assert json.loads(types(document))
    assert types(limit).startswith("40 to burn down: ")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_search_says_that_it_holds() -> None:
    (line,) = lines("README.md", block=5)
    said = types(line, timeout_s=400)
    closing = r"([1-9]\d*) of \1 worlds hold, .*; ([1-9]\d*) of \2 mutants caught; "
    assert re.match(closing, said.splitlines()[-1])
    *_, document = lines("proof.md", block=0)
    assert json.loads(types(document, timeout_s=400))
