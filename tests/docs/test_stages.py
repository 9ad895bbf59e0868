"""Each stage's document says the same things in the same order, and what it says to type is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stages.manifest import load
from tests.conftest import System
from tests.docs.markdown import ROOT, transcript
from tests.docs.test_a_purchase_by_hand import END_OF_STEP, as_pattern

DOCUMENTS = [
    ROOT / "migration-plan" / stage.document for stage in load(ROOT).stages if stage.document
]
# What a stage after main's tree says to type is typed in its own tree.
HERE = [
    ROOT / "migration-plan" / stage.document
    for stage in load(ROOT).stages
    if stage.document and not stage.after_main
]
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
HEADINGS = [
    "Why now",
    "What was coupled",
    "What moves",
    "Preconditions",
    "Steps",
    "What you should see",
    "How to verify",
    "How to go back",
    "Exit criteria",
    "Cost",
    "What we got wrong",
]
PATIENCE_S = 900


@EACH
def test_a_stage_says_the_same_things_in_the_same_order(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# {document.stem}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@EACH
def test_each_part_that_is_typed_has_something_to_type(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for heading in ("Steps", "What you should see", "How to verify", "How to go back"):
        part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert "```bash" in part, heading
    assert transcript(document)


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S + 60)
@pytest.mark.parametrize("document", HERE, ids=lambda path: path.stem)
def test_every_step_prints_what_the_document_says(
    system: System, document: Path, tmp_path: Path
) -> None:
    steps = transcript(document)
    lines = [f"{step}\necho '{END_OF_STEP}'\n" for step, _ in steps]
    done = subprocess.run(
        # Whoever is left in the shop when a step fails goes home.
        [
            "bash",
            "-c",
            "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "".join(lines),
        ],
        cwd=tmp_path,
        env=system.environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = tmp_path / "people.txt"
    assert done.returncode == 0, (
        done.stdout + done.stderr + (said.read_text() if said.exists() else "")
    )
    printed = done.stdout.split(f"{END_OF_STEP}\n")[:-1]
    wrong = [
        (step, expected, seen)
        for (step, expected), seen in zip(steps, printed, strict=True)
        if not re.fullmatch(as_pattern(expected), seen)
    ]
    assert wrong == []
