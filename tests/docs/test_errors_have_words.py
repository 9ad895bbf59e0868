"""Whatever a move can end with, and whatever `status` can find, has its words in a runbook."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, inline_code

PLAN = ROOT / "migration-plan"
# A plan that cannot be meant, and the judge of a canary: nothing was moved.
OTHERS = {"asking", "canary_judge", "plan", "plans", "window"}
SAID_BY = [
    *(path for path in sorted((PLAN / "strangler").glob("*.py")) if path.stem not in OTHERS),
    PLAN / "handover" / "moves.py",
]
_FENCE = re.compile(r"^ *```text\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def quoted() -> str:
    """All that runbooks show of what a program says."""
    pages = sorted((PLAN / "runbooks").glob("*.md"))
    fences = (block for path in pages for block in _FENCE.findall(path.read_text(encoding="utf-8")))
    return "\n".join([*fences, *(code for path in pages for code in inline_code(path))])


QUOTED = quoted()
# An order that cannot be meant says what can be; nothing is stuck.
ORDERS = {
    "no position",
    "the seam stands at",
    "lies the other way",
    "cannot be undone and has a command of its own",
    "this cannot be undone, and",
    "is no canary position",
    "promote climbs from",
    "lies behind",
    "--every only looks",
}
# Neither has words of its own: what failed below, and the checks that said no.
PASSED_ON = {
    "acts.check",
    "attempt.attempt",
    "handing.hand_the_writes",
    "mending._carrier",
    "moving.move",
    "moving.journaled",
}
SHORT = 10


def sayings(path: Path, text: str) -> Iterator[tuple[str, list[str]]]:
    """Each error that is raised and each finding: where, and the words of it that never vary."""
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            said = _said(node)
            if said is not None:
                yield f"{path.stem}.{function.name}:{said.lineno}", _words(_named(said, function))


def _named(said: ast.expr, function: ast.FunctionDef) -> ast.expr:
    """What the name was given last, where a message has one."""
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and node.lineno < said.lineno
        if [getattr(target, "id", "") for target in node.targets] == [getattr(said, "id", None)]
    ]
    return max(assigned, key=lambda value: value.lineno, default=said)


def _said(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        name = getattr(node.exc.func, "id", "")
        return node.exc.args[0] if node.exc.args and name != "AssertionError" else None
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
        return next(keyword.value for keyword in node.keywords if keyword.arg == "what")
    return None


def _words(said: ast.expr) -> list[str]:
    pieces = [
        piece.strip(" ,.()'")
        for node in ast.walk(said)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for piece in re.split("[;:]", node.value)
    ]
    typed = ("strangler", "python -m", ", then")
    return [p for p in pieces if len(p) >= SHORT and not any(word in p for word in typed)]


ALL = dict(
    saying
    for path in SAID_BY
    for saying in sayings(path, path.read_text(encoding="utf-8"))
    if saying[0].partition(":")[0] not in PASSED_ON or saying[1]
)
# `the writes of`, `look at the log of the`, `--to cutover`: in too many sentences to tell what this one is.
SCRAP = re.compile(r"--.*|.{0,25} (of|the)")


@pytest.mark.parametrize("place", ALL)
def test_whoever_reads_it_finds_it_in_a_runbook(place: str) -> None:
    words = ALL[place]
    is_order = any(piece.startswith(tuple(ORDERS)) for piece in words)
    own = [piece for piece in words if not SCRAP.fullmatch(piece)]
    # Of scraps alone it takes all of them.
    is_there = any(w in QUOTED for w in own) if own else all(w in QUOTED for w in words)
    assert is_order or (words and is_there), own or words


def test_words_that_no_runbook_has_are_seen() -> None:
    text = 'def f():\n    raise FailedError(f"the {moon} has come down; then: strangler resume {seam}")\n'
    assert list(sayings(Path("made_up.py"), text)) == [("made_up.f:2", ["has come down"])]
    assert "has come down" not in QUOTED
