"""A stage of the history, started as the plan's README says: a clone of its own, filled, with its variables."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from stages.git import Git
from stages.manifest import load
from tests.docs.markdown import ROOT, blocks
from tests.docs.typed_blocks import shown_lines
from tests.free_ports import free_base

README = ROOT / "migration-plan" / "README.md"
(START,) = (block for block in blocks(README) if "git clone" in block)
(LOOK,) = (lines for lines in shown_lines(README) if "python -m stages list" in lines)
TAG = START.split("git checkout ")[1].split()[0]
PATIENCE_S = 1200
# What a stage's document goes on with: its gateway answers, and its seam has not moved.
GOES_ON = """
curl -fsS "$KONG_PROXY_URL/api/v1/products?limit=1" | grep -o '"items"'
strangler status catalog --json | grep -o '"position": "monolith"'
git describe --tags --exact-match HEAD
"""


def somebody(base: int) -> Mapping[str, str]:
    """The environment of whoever has just cloned: no addresses of ours, and ports that are free."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "KONG_", "VIRTUAL_ENV", "STACK_", "DJANGO_"))
        and not name.endswith(("_URL", "_URLS"))
    }
    return kept | {"STACK_PORT_BASE": str(base)}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A fresh clone, without a tag."""
    if Git(ROOT)("rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("a shallow clone: git fetch --unshallow")
    place = tmp_path / "here"
    Git(ROOT)("clone", "--quiet", "--no-tags", str(ROOT), str(place))
    # Whatever branch this tree is of, that is the one from which people clone.
    Git(place)("checkout", "--quiet", "-B", "main")
    return place


def test_what_a_fresh_clone_says_of_the_stages(here: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = []
    for line in LOOK:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=here,
            # The clone's own program, by the environment of this tree.
            env=os.environ | {"PATH": path, "PYTHONPATH": str(here / "migration-plan")},
            capture_output=True,
            text=True,
            check=False,
        )
        said.append((done.returncode, (done.stdout + done.stderr).strip()))
    (_, listed), (_, tags), (_, series) = said
    assert [code for code, _ in said] == [0, 0, 2]
    names = [stage.name for stage in load(ROOT).stages]
    assert [line.split()[0].rpartition("/")[2] for line in listed.splitlines()] == names
    assert tags.endswith(f"{len(names) * len(load(ROOT).series)} to make, 0 there already")
    assert "make series makes it" in series


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S + 120)
def test_a_stage_is_started_as_is_said(here: Path, tmp_path: Path) -> None:
    environment = somebody(free_base())
    subprocess.run([sys.executable, "-m", "stages", "tags", "--root", str(here)], check=True)
    try:
        done = subprocess.run(
            ["bash", "-c", f"set -eo pipefail\n{START}{GOES_ON}"],
            cwd=here,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        assert done.stdout.splitlines()[-3:] == [
            '"items"',
            '"position": "monolith"',
            TAG,
        ]
    finally:
        if (place := tmp_path / "at-04").exists():
            subprocess.run(["make", "clean"], cwd=place, env=environment, check=True)
