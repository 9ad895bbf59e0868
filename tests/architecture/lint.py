"""Import-linter, run on a tree: the real one, or a copy that was sabotaged."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import PACKAGES


def complaint(tree: Path, *, rule: str | None = None) -> str | None:
    """What import-linter says when a rule is broken in `tree`; None when all are kept."""
    roots = [str(tree / place) for place in dict.fromkeys(PACKAGES.values())]
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", *_only(rule)],
        cwd=tree,
        # The copy's packages come before the installed ones.
        env=os.environ | {"PYTHONPATH": os.pathsep.join(roots)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    # A configuration that cannot be read ends with the same exit code, and proves nothing.
    assert " broken." in said, said
    return None if done.returncode == 0 else said


def _only(rule: str | None) -> list[str]:
    return ["--contract", rule] if rule else []
