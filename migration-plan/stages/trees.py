"""Finds the tree of each stage on the branches that stand on main.

Main's tree is one of the last stages. The branch `back` begins at main and takes one stage after the
other away; the branch `retired` begins at main too and goes on. On both the commit whose message ends
with the trailer `Stage: 05-inventory` has that stage's tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stages.errors import SeriesError
from stages.git import Git
from stages.manifest import Manifest

_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = f"%H{_FIELD}%s{_FIELD}%(trailers:key=Stage,valueonly,separator=%x2C){_RECORD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """Where the trees are: main, the branch that goes back from it, and the one that goes on."""

    main: str
    back: str
    ahead: str

    def standing(self, manifest: Manifest) -> tuple[str, ...]:
        """Name the branches that have to stand on main, for these stages."""
        wanted = {self.back: manifest.reached[1:], self.ahead: manifest.ahead}
        return tuple(branch for branch, stages in wanted.items() if stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The commit at which a stage's tree is found, and the branch that it is on."""

    stage: str
    branch: str
    commit: str
    tree: str


def endings(manifest: Manifest, *, branches: Branches, git: Git) -> tuple[Ending, ...]:
    """Find one tree per stage, in the manifest's order; raises SeriesError for what is wrong."""
    *earlier, here = manifest.reached
    commit = git.required(branches.main, hint="it has the tree that all others are made from")
    middle = Ending(stage=here, branch=branches.main, commit=commit, tree=git.tree_of(commit))
    before = _walk(middle, earlier[::-1], branch=branches.back, way="going back", git=git)
    after = _walk(middle, manifest.ahead, branch=branches.ahead, way="going on", git=git)
    return (*reversed(before), middle, *after)


def _walk(start: Ending, stages: Sequence[str], *, branch: str, way: str, git: Git) -> list[Ending]:
    """Find the trees of these stages, in this order, on a branch that begins at `start`."""
    if not stages:
        return []
    found = [start]
    for commit, subject, named in _commits(start.commit, branch, git=git):
        if not named:
            continue
        stage = named.strip()
        expected = next(iter(stages[len(found) - 1 :]), None)
        if stage != expected:
            raise SeriesError(
                f"{commit[:12]} ({subject}) ends {stage}; after {found[-1].stage} comes"
                f" {expected or 'nothing'}, {way}"
            )
        found.append(Ending(stage=stage, branch=branch, commit=commit, tree=git.tree_of(commit)))
    if missing := stages[len(found) - 1 :]:
        raise SeriesError(
            f"no commit of {branch} has the trailer `Stage: {missing[0]}`;"
            f" the trees of {len(found)} of {len(stages) + 1} stages are there, {way}"
        )
    return found[1:]


def _commits(start: str, branch: str, *, git: Git) -> list[list[str]]:
    said = git("log", "--reverse", "--first-parent", f"--format={_FORMAT}", f"{start}..{branch}")
    return [record.strip("\n").split(_FIELD) for record in said.split(_RECORD) if record.strip()]
