"""The canary, judged: what the plan's first page shows of `promote`, typed and compared line by line."""

import os
import re
import subprocess
import sys

import pytest

from tests.docs.markdown import ROOT, blocks
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.test_promoting import canary, readers, versions
from tests.migration_plan.two_versions import Readers, TwoVersions

__all__ = ["canary", "readers", "versions"]

README = ROOT / "migration-plan" / "README.md"
ANALYZE, PROMOTE = next(
    block.replace("catalog", DOMAIN).splitlines()
    for block in blocks(README)
    if "strangler promote" in block
)
CLIMBS, GOES_BACK = (block for block in blocks(README, language="") if "  + canary-" in block)
# What differs from run to run: figures, and who answers at which address.
FIGURE = r"\d+(?:\.\d+)?(?:e-\d+)?"
# One of the two is what is judged; which, is the fault's.
ENDS = frozenset({0, 3, 4, 5})


def types(canary: Walkable, line: str, *, ends: frozenset[int]) -> str:
    done = subprocess.run(
        ["bash", "-c", line.replace("strangler", f"{sys.executable} -m strangler", 1)],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "400", "STRANGLER_SEAMS": str(canary.folder)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode in ends, f"{done.returncode}: {line}\n{said}"
    return said


def stable(shown: str) -> list[str]:
    """The lines without their figures."""
    lines = [
        re.sub(r"\{.*\}", "{}", line.strip())
        for line in shown.replace("catalog", DOMAIN).splitlines()
    ]
    return [re.sub(rf"(?<!canary-){FIGURE}", "N", line) for line in lines]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_plans_first_page_says_what_is_printed(
    canary: Walkable, versions: TwoVersions, readers: Readers
) -> None:
    canary.amend("canary: [25, 50, 100]", "canary: [5, 25, 100]")
    for words, others in (
        ("window_s: 3", "window_s: 6"),
        ("significance: 0.01", "significance: 0.05"),
    ):
        canary.amend(words, others)
    canary.run("advance", DOMAIN)
    count = len(readers.answers)
    wait_until(lambda: len(readers.answers) > count + 600, what="traffic", timeout_s=60)
    types(canary, ANALYZE, ends=ENDS)
    climbed = stable(types(canary, PROMOTE, ends=frozenset({0})))
    assert [line for line in stable(CLIMBS) if line not in climbed] == []

    canary.run("retreat", DOMAIN, "--to", "canary-25")
    versions.service.become(delay_s=0.3)
    count = len(readers.answers)
    wait_until(lambda: len(readers.answers) > count + 200, what="traffic", timeout_s=60)
    rolled_back = stable(types(canary, PROMOTE, ends=frozenset({1})))
    assert [line for line in stable(GOES_BACK) if line not in rolled_back] == []
