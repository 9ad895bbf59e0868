"""The runbooks of the moves, typed as they stand, in order, in a shop full of people.

What goes wrong has runbooks of its own, which tests/migration_plan follows.
"""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, System
from tests.e2e.conftest import People
from tests.strangling.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
PLAN = ROOT / "migration-plan"
FENCE = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
DONE = frozenset({0})
# Of these another end is one that the runbook speaks of, on a machine that is busy with us.
ENDS = {
    # Nothing was cut off.
    "strangler resume catalog": frozenset({0, 2}),
    "strangler resume catalog --to canary-100": frozenset({0, 2}),
    # No clear answer within its windows, or back to shadow.
    "strangler promote catalog": frozenset({0, 1}),
    "strangler analyze catalog": frozenset({0, 3, 4, 5}),
}


def typed(document: str, *, block: int | None = None) -> list[str]:
    """The commands of a document, or of one of its blocks, without what is said about them."""
    blocks = [body for _, body in FENCE.findall((PLAN / document).read_text(encoding="utf-8"))]
    chosen = blocks if block is None else [blocks[block]]
    lines = [line.strip() for body in chosen for line in body.splitlines()]
    return [re.sub(r"\s+# .*", "", line) for line in lines if line]


class Operator:
    """Types, and expects what the runbook says of how it ends."""

    def __init__(self, system: System) -> None:
        self.system = system

    def types(self, line: str, *, ends: frozenset[int] | None = None) -> str:
        program = line.replace("strangler ", f"{sys.executable} -m strangler ", 1)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", program],
            cwd=ROOT,
            env=self.system.environment(),
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        said = f"{line}\n{done.stdout}{done.stderr}"
        assert done.returncode in (ends or ENDS.get(line, DONE)), f"{done.returncode} {said}"
        return said

    def follows(self, *lines: str) -> list[str]:
        return [self.types(line) for line in lines]

    def stands(self, seam: str = "catalog") -> str:
        return self.system.position(seam)

    def brings(self, goal: str, *, seam: str = "catalog") -> None:
        """Make good for where chance, or another test, has led a seam."""
        status = self.system.strangler("status", seam)
        place, ladder = status["position"], status["positions"]
        if place != goal:
            verb = "advance" if ladder.index(goal) > ladder.index(place) else "retreat"
            assert self.system.strangler(verb, seam, "--to", goal)["ok"]


@pytest.fixture
def operator(system: System, people: People) -> Operator:
    found = Operator(system)
    # Each before those that it needs.
    for seam in ("orders", "payments", "inventory", "notifications", "catalog"):
        found.brings("monolith", seam=seam)
    return found


def test_the_moves_are_made_by_typing_what_the_runbooks_say(
    operator: Operator, people: People
) -> None:
    operator.follows(*typed("runbooks/shadow.md"))
    assert operator.stands() == "shadow"
    operator.follows(*typed("runbooks/advance.md"))
    assert operator.stands() == "canary-5"
    by_hand, by_itself, back = (typed("runbooks/canary.md", block=n) for n in range(3))
    *_, asked = operator.follows(*by_hand)
    assert operator.stands() == "canary-25"
    assert "x-served-by" in asked.lower()
    operator.follows(*by_itself)
    operator.brings("canary-50")
    operator.follows(*back)
    assert operator.stands() == "shadow"
    operator.brings("canary-100")
    plan, hand_over, see, give_back, mails = (
        typed("runbooks/cutover.md", block=n) for n in range(5)
    )
    operator.follows(*plan)
    (said,) = operator.follows(*hand_over)
    assert pause_of(said) > 0
    assert "100 %" in operator.follows(*see)[0]
    assert operator.stands() == "cutover"
    operator.follows(*give_back)
    assert operator.stands() == "canary-100"
    operator.follows(*mails)
    assert operator.stands("notifications") == "monolith"
    operator.follows(*typed("runbooks/retreat.md"))
    assert operator.stands() == "monolith"
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


def test_a_run_that_was_killed_is_finished_by_typing_what_the_runbook_says(
    operator: Operator, people: People
) -> None:
    operator.brings("canary-50")
    run = subprocess.Popen(
        [sys.executable, "-m", "strangler", "advance", "catalog", "--to", "cutover"],
        cwd=ROOT,
        env=operator.system.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: "canary-100" in operator.types("strangler status catalog"), what="the run")
    run.kill()
    assert run.wait() == -signal.SIGKILL, "it was over before"
    look, journal, resume, elsewhere = typed("runbooks/resume.md")
    operator.follows(look, journal)
    operator.types(resume, ends=DONE)
    assert operator.stands() == "cutover"
    operator.follows(elsewhere)
    operator.brings("monolith")
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


def test_the_plans_first_page_is_typed_as_it_stands(operator: Operator, people: People) -> None:
    (ladder,) = (
        lines
        for number in range(7)
        if "strangler status" in (lines := typed("README.md", block=number))
    )
    operator.follows(*ladder)
    assert operator.stands() == "monolith"
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


def pause_of(said: str) -> float:
    """How long nobody owned, as the command's document says."""
    document: Any = json.loads(said.partition("\n")[2])
    text = json.dumps(document)
    return max(map(float, re.findall(r'"pause_ms": ([\d.]+)', text)), default=0.0)


def test_every_line_of_a_runbook_of_a_move_is_among_those_that_are_typed() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for name in ("advance", "canary", "cutover", "resume", "retreat", "shadow"):
        assert f'typed("runbooks/{name}.md"' in here
        assert typed(f"runbooks/{name}.md")
