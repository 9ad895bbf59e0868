"""Tries a stage as somebody who has just cloned it: set-up, tests, document, demo, each with its time.

The document of a stage is tried by typing what it says, in that stage's tree. The clone goes; what each
step said stays in `.run/stages`, for its last lines seldom say what failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stages.git import Git

DOCUMENT = "document"
STEPS = ("setup", "test", DOCUMENT, "demo")
_STOP = "clean"
# The slow tests that type what documents say; a selection that selects nothing passes, so ask for more.
_TYPING, _TYPED = "test-slow", re.compile(r"\b[1-9]\d* passed\b")
# Beside all else that comes and goes; git ignores it.
LOGS = Path(".run") / "stages"
_REMEMBERED_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How one step ended; `said` holds its last lines when it failed, `log` names all of them.

    A step whose code is 0 has failed all the same where nothing of a document was typed (`nothing`).
    """

    stage: str
    step: str
    code: int
    seconds: float
    said: str
    log: str
    nothing: bool = False

    @property
    def passed(self) -> bool:
        """Whether the step ended well."""
        return self.code == 0 and not self.nothing


def check(
    stage: str,
    *,
    commit: str,
    git: Git,
    steps: Sequence[str] = STEPS,
    watch: Callable[[str, str], None] = lambda _stage, _step: None,
) -> Iterator[Tried]:
    """Clone, and yield the end of each step; the first that fails is the last."""
    logs = git.root / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    with _clone(git, commit=commit) as place:
        try:
            for step in steps:
                watch(stage, step)
                tried = _make(step, stage=stage, place=place, logs=logs)
                yield tried
                if not tried.passed:
                    return
        finally:
            # Neither what a step started, nor what it keeps elsewhere, may outlive the folder it runs from.
            _make(_STOP, stage=stage, place=place, logs=logs)


@contextmanager
def _clone(git: Git, *, commit: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="stage-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "clone"
        git("clone", "--quiet", "--no-checkout", str(git.root), str(place))
        Git(place)("checkout", "--quiet", "--detach", commit)
        yield place


def _make(step: str, *, stage: str, place: Path, logs: Path) -> Tried:
    log = logs / f"{stage.replace('/', '-')}-{step}.log"
    is_document = step == DOCUMENT
    begin = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            ["make", _TYPING if is_document else step],
            cwd=place,
            env=_environment() | (_selection(stage) if is_document else {}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    nothing = is_document and done.returncode == 0 and not _TYPED.search(text)
    said = text.splitlines()[-_REMEMBERED_LINES:] if done.returncode or nothing else []
    return Tried(
        stage=stage,
        step=step,
        code=done.returncode,
        seconds=round(time.monotonic() - begin, 1),
        said="\n".join(said),
        log=str(log),
        nothing=nothing,
    )


def _selection(stage: str) -> dict[str, str]:
    """The document of a tag's stage; of any other revision all that its tree has reached."""
    _, is_tag, name = stage.rpartition("/")
    wanted = f"test_stages and {name}" if is_tag else "test_stages"
    return {"PYTEST_ADDOPTS": f"-k '{wanted}'"}


def _environment() -> dict[str, str]:
    """Ours without what `make` tells its children, and without the addresses of a running system."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "KONG_", "VIRTUAL_ENV"))
        and not name.endswith(("_URL", "_URLS"))
    }
