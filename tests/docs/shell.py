"""The blocks marked bash of a document, typed one after the other into one shell."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.docs.markdown import ROOT

END_OF_STEP = "-- end of step --"


def typed(steps: Sequence[str], *, temporary: Path, timeout_s: float) -> list[str]:
    """What each step printed, complaints included; a shell that stops early has fewer of them."""
    script = "".join(f"{step}\necho '{END_OF_STEP}'\n" for step in steps)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\nset -euo pipefail\n{script}"],
        cwd=ROOT,
        env=_environment(temporary),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return done.stdout.split(f"{END_OF_STEP}\n")


def _environment(temporary: Path) -> dict[str, str]:
    """That of somebody who has activated the virtual environment, in a terminal of no width."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "TMPDIR": str(temporary), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def as_pattern(printed: str) -> str:
    """A text block as a pattern, in which ... stands for anything within one line."""
    return ".+".join(re.escape(part) for part in printed.split("..."))
