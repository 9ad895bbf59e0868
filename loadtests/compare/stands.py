"""Where subjects stand to be measured, one at a time.

* **here**: this tree's own system, at two positions. What is in its shop stays; it is filled only when
  it is empty, and every seam ends where it was.
* **clones**: each revision in a clone of its own under `.run/compare`, with its own set-up, state and
  ports; its state is made anew before each sitting, so all begin with the same rows.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from loadtests.compare.errors import CompareError
from loadtests.compare.subjects import MONOLITH, Subject
from loadtests.compare.systems import Say, System, fill, introduce, known, started
from loadtests.compare.trees import Tree

ROOT = Path(__file__).resolve().parents[2]


class Stand(Protocol):
    """Makes a subject stand there, alone, filled, with every seam at its position."""

    def opened(self) -> AbstractContextManager[None]:
        """Around the whole comparison."""
        ...

    def sitting(self, subject: Subject) -> AbstractContextManager[System]:
        """Around the runs of one subject."""
        ...


class Here:
    """This tree's system."""

    def __init__(self, *, port_base: str, sizes: Mapping[str, int], seed: int, say: Say) -> None:
        self._tree = Tree.at(ROOT, port_base=port_base)
        self._sizes, self._seed, self._say = sizes, seed, say
        self._system: System | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        states = _states(self._tree)
        try:
            system = (
                started(self._tree, say=self._say) if states != {"ready"} else known(self._tree)
            )
            if _is_empty(system):
                system.place_all(MONOLITH, say=self._say)
                fill(system, self._sizes, seed=self._seed, say=self._say)
            else:
                introduce(system)
            self._system, found = system, system.positions()
            try:
                yield
            finally:
                system.restore(found, say=self._say)
        finally:
            if "ready" not in states:
                self._say("stopping everything")
                self._tree.module("stack", "down")

    @contextmanager
    def sitting(self, subject: Subject) -> Iterator[System]:
        if self._system is None:
            raise CompareError("nothing is opened")
        self._system.place_all(subject.position, say=self._say)
        yield self._system


@dataclass(frozen=True, slots=True, kw_only=True)
class Clones:
    """A clone per revision."""

    port_base: str
    sizes: Mapping[str, int]
    seed: int
    say: Say

    @contextmanager
    def opened(self) -> Iterator[None]:
        # The same two cores cannot carry two systems and tell them apart.
        own = Tree.at(ROOT, port_base=self.port_base)
        if "ready" in _states(own):
            raise CompareError("this tree's own system runs; stop it first: make down")
        yield

    @contextmanager
    def sitting(self, subject: Subject) -> Iterator[System]:
        tree = self.prepared(subject)
        try:
            tree.module("stack", "reset", "--yes")
            system = started(tree, say=self.say)
            fill(system, self.sizes, seed=self.seed, say=self.say)
            system.place_all(subject.position, say=self.say)
            yield system
        finally:
            self.say(f"stopping {subject.name}")
            tree.module("stack", "down")

    def prepared(self, subject: Subject) -> Tree:
        """The revision's clone, set up; made once, and kept for the next comparison."""
        commit = subject.commit or commit_of(subject)
        place = ROOT / ".run/compare/clones" / commit[:12]
        tree = Tree.at(place, port_base=self.port_base)
        if not (place / ".git").exists():
            self.say(f"cloning {subject.name} ({commit[:12]})")
            place.parent.mkdir(parents=True, exist_ok=True)
            here = Tree.at(ROOT, port_base=self.port_base)
            here.run("git", "clone", "--quiet", "--no-checkout", str(ROOT), str(place))
        tree.run("git", "checkout", "--quiet", "--detach", commit)
        self.say(f"setting up {subject.name}: make setup")
        tree.run("make", "setup")
        return tree


def commit_of(subject: Subject) -> str:
    """The commit that a revision names; raises CompareError when there is none."""
    words = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options"]
    done = subprocess.run(
        [*words, f"{subject.revision}^{{commit}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CompareError(
            f"there is no revision {subject.revision!r} here; make tags makes those of the stages"
        )
    return done.stdout.strip()


def _states(tree: Tree) -> set[str]:
    # Our own interpreter: a tree that was never set up has none, and runs nothing.
    if not tree.python.exists() and tree.root == ROOT:
        raise CompareError(f"{sys.executable} is not this tree's; run make setup first")
    rows = tree.ask("stack", "status", "--json", codes=(0, 1))
    return {str(row["state"]) for row in rows}


def _is_empty(system: System) -> bool:
    page = httpx.get(f"{system.door}/api/v1/products?limit=1", timeout=30, trust_env=False)
    return not (page.is_success and page.json()["items"])
