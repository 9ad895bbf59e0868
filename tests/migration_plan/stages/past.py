"""A tree of the past, unpacked beside us: its own code, run by our interpreter."""

import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from stack import waiting
from stages.git import Git
from stages.manifest import Tag, load
from tests.docs.markdown import ROOT

PATIENCE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The tree of a stage, in a folder of its own."""

    stage: str
    root: Path

    @property
    def services(self) -> tuple[str, ...]:
        """The services that there were, in order of their names."""
        found = (self.root / "extracted").glob("*/migrate.py")
        return tuple(sorted(path.parent.name for path in found))

    def run(self, *words: str, variables: Mapping[str, str]) -> str:
        """Run Python with the code of that time; return what it printed, or fail with its complaint."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self._environment(variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"{self.stage}: {words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, *words: str, variables: Mapping[str, str], port: int) -> Iterator[None]:
        """Let a process of that time run, from when it is ready."""
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.root,
            env=self._environment(variables) | {"PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def is_ready() -> bool:
            assert process.poll() is None, f"{self.stage}: {words} ended"
            try:
                address = f"http://127.0.0.1:{port}/readyz"
                return httpx.get(address, trust_env=False).is_success
            except httpx.TransportError:
                return False

        try:
            assert waiting.until(is_ready, timeout_s=PATIENCE_S), words
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        # Before what is installed here: the names are the same, and mean the code of that time.
        settings = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        folders = settings["tool"]["hatch"]["build"]["dev-mode-dirs"]
        path = os.pathsep.join(str(self.root / folder) for folder in folders)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
        return {**inherited, **variables, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def unpacked(tag: Tag, folder: Path) -> Past:
    """Unpack the tree of a tag's commit; the repository is only read."""
    root = folder / tag.stage
    archive = folder / f"{tag.stage}.tar"
    packing = ["git", "archive", f"--output={archive}", tag.commit]
    subprocess.run(packing, cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE_S)
    with tarfile.open(archive) as packed:
        packed.extractall(root, filter="data")
    archive.unlink()
    return Past(stage=tag.stage, root=root)


def published() -> tuple[Tag, ...]:
    """The ends of all stages of the last series; none before there is one, or where it was cut off."""
    found, git = load(ROOT), Git(ROOT)
    tags = found.tags(found.series[-1]) if found.series else ()
    return tags if all(git.commit_of(tag.commit) for tag in tags) else ()
