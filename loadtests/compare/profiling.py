"""Where the time of the processes that answer goes, by package: py-spy looks at them from outside.

After the measured runs, at a level that the system carries: looking costs something. A sample counts
for the package whose code runs, and where that is Python's own library, for the package that called it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from loadtests.compare.effort import BANK, GATEWAY, MONOLITH, group_of
from loadtests.compare.errors import CompareError
from loadtests.compare.trees import Tree

PER_SECOND = 49
_FRAME = re.compile(r"^(?P<function>.*) \((?P<file>.+?)(?::\d+)?\)$")
_PACKAGE = re.compile(r"site-packages/(?P<package>[^/.]+)")
ITSELF = "Python itself"


def spy() -> Path:
    """The program that looks; raises CompareError where there is none."""
    found = Path(sys.executable).with_name("py-spy")
    if not found.exists():
        raise CompareError("py-spy is not installed; make setup does that")
    return found


def looked_at(pids: Mapping[str, int]) -> dict[str, int]:
    """One process of each side that answers: all of them would be looked at for more than they do."""
    found: dict[str, int] = {}
    for program, pid in pids.items():
        if (group := group_of(program)) == MONOLITH or program.endswith("-1"):
            found.setdefault(group, pid)
    return {group: pid for group, pid in found.items() if group not in {GATEWAY, BANK}}


@contextmanager
def looking(pids: Mapping[str, int], folder: Path, *, seconds: float) -> Iterator[None]:
    """Look for so long, while the block makes the load."""
    folder.mkdir(parents=True, exist_ok=True)
    started = [
        subprocess.Popen(
            _command(pid, folder / f"{group}.stacks", seconds=seconds),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for group, pid in pids.items()
    ]
    try:
        yield
    finally:
        for process in started:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _command(pid: int, path: Path, *, seconds: float) -> list[str]:
    # Who holds the interpreter works; who waits for a database or a socket does not hold it.
    line = [str(spy()), "record", "--pid", str(pid), "--subprocesses", "--nonblocking", "--gil"]
    line += ["--duration", str(int(seconds)), "--rate", str(PER_SECOND)]
    return [*line, "--full-filenames", "--format", "raw", "--output", str(path)]


def shares(folder: Path, *, tree: Tree) -> dict[str, dict[str, float]]:
    """By side, of what it worked, the share of each package."""
    found = {}
    for path in sorted(folder.glob("*.stacks")):
        counted = packages(path.read_text(errors="replace").splitlines(), root=tree.root)
        if total := sum(counted.values()):
            found[path.stem] = {name: n / total for name, n in counted.most_common()}
    return found


def packages(stacks: Iterable[str], *, root: Path) -> Counter[str]:
    """Samples by package, of stacks as py-spy writes them: from the outermost frame, then a count."""
    counted: Counter[str] = Counter()
    for line in stacks:
        frames, _, samples = line.rpartition(" ")
        if samples.isdigit():
            counted[_owner(frames.split(";"), root)] += int(samples)
    return counted


def _owner(frames: list[str], root: Path) -> str:
    for frame in reversed(frames):
        if (match := _FRAME.match(frame)) and (name := _package(match["file"], root)):
            return name
    return ITSELF


def _package(file: str, root: Path) -> str | None:
    if package := _PACKAGE.search(file):
        return package["package"]
    if file.startswith(f"{root}/"):
        return Path(file).relative_to(root).parts[0]
    return None
