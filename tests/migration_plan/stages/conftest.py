"""An invented repository with three stages, or four: main, and the branches that stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from stages.git import Git
from stages.manifest import PLACE
from stages.trees import Branches

BRANCHES = Branches(main="main", back="back", ahead="retired")
MANIFEST = """\
# A comment that must survive.
stages:
  - {name: 00-trunk, title: Begin, teaches: one file}
  - {name: 01-branch, title: Grow a branch, teaches: two files}
  - {name: 02-leaf, title: Grow a leaf, teaches: three files}
commits:
"""
AFTER_MAIN = MANIFEST.replace(
    "commits:",
    "  - {name: 03-fruit, title: Let the leaf fall, teaches: a fruit, after_main: true}\ncommits:",
)
# What a stage can be asked, without a server: the demo fails where there is no leaf.
MAKEFILE = """\
setup clean:
\t@echo $@ >> {log}
test:
\t@test -f branch
test-slow:
\t@echo "$$PYTEST_ADDOPTS" >> {log}; test -f typed || echo 1 passed
demo:
\t@echo looking for a leaf; test -f leaf
"""


@dataclass(frozen=True)
class Repository:
    """A repository as a maintainer handles it."""

    root: Path

    @property
    def git(self) -> Git:
        return Git(self.root)

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> None:
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def files(self, revision: str) -> set[str]:
        return set(self.git("ls-tree", "-r", "--name-only", revision).splitlines())


def named(root: Path) -> None:
    git = Git(root)
    git("config", "user.name", "Tester")
    git("config", "user.email", "tester@shop.example")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Main has a trunk, a branch and a leaf; the branch `back` takes two of them away."""
    return planted(tmp_path, manifest=MANIFEST)


@pytest.fixture
def with_fruit(tmp_path: Path) -> Repository:
    """The same, and the branch `retired` has a fruit instead of the leaf."""
    made = planted(tmp_path, manifest=AFTER_MAIN)
    made.git("switch", "--quiet", "--create", "retired")
    made.git("rm", "--quiet", "leaf")
    made.write("fruit", "fruit\n")
    made.commit("leaf: Let it fall.\n\nStage: 03-fruit")
    made.git("switch", "--quiet", "main")
    return made


def planted(tmp_path: Path, *, manifest: str) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    made = Repository(root)
    made.git("init", "--quiet", "--initial-branch", "main")
    named(root)
    for name in ("trunk", "branch", "leaf"):
        made.write(name, f"{name}\n")
    made.write(PLACE, manifest)
    made.write("Makefile", MAKEFILE.format(log=tmp_path / "made"))
    made.commit("all: Grow.")
    made.git("switch", "--quiet", "--create", "back")
    made.git("rm", "--quiet", "leaf")
    made.commit("leaf: Take it away.\n\nStage: 01-branch")
    made.git("rm", "--quiet", "branch")
    made.commit("branch: Take it away.\n\nStage: 00-trunk")
    made.git("switch", "--quiet", "main")
    return made
