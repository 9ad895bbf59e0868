"""Finds the tree of each stage on the branch that goes back from main.

Main's tree is the last stage that is not marked `after_main`. The branch `back` begins at main and takes one stage after the other
away; the commit whose message ends with the trailer `Stage: 05-inventory` has that stage's tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from stages.errors import SeriesError
from stages.git import Git
from stages.manifest import Manifest

_FIELD, _RECORD = "\x1f", "\x1e"
_FORMAT = f"%H{_FIELD}%s{_FIELD}%(trailers:key=Stage,valueonly,separator=%x2C){_RECORD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The commit at which a stage's tree is found, on main or on the branch back."""

    stage: str
    commit: str
    tree: str


def endings(manifest: Manifest, *, main: str, back: str, git: Git) -> tuple[Ending, ...]:
    """Find one tree per stage, in the manifest's order; raises SeriesError for what is wrong."""
    names = manifest.to_main
    found = [_ending(names[-1], main, git=git)]
    for commit, subject, named in _commits(main=main, back=back, git=git):
        if not named:
            continue
        stage = named.strip()
        expected = names[-1 - len(found)] if len(found) < len(names) else None
        if stage != expected:
            raise SeriesError(
                f"{commit[:12]} ({subject}) ends {stage}; after {found[-1].stage} comes"
                f" {expected or 'nothing'}, going back"
            )
        found.append(_ending(stage, commit, git=git))
    if len(found) < len(names):
        raise SeriesError(
            f"no commit of {back} has the trailer `Stage: {names[-1 - len(found)]}`;"
            f" the trees of {len(found)} of {len(names)} stages are there"
        )
    return tuple(reversed(found))


def _commits(*, main: str, back: str, git: Git) -> list[list[str]]:
    said = git("log", "--reverse", "--first-parent", f"--format={_FORMAT}", f"{main}..{back}")
    return [record.strip("\n").split(_FIELD) for record in said.split(_RECORD) if record.strip()]


def _ending(stage: str, commit: str, *, git: Git) -> Ending:
    return Ending(stage=stage, commit=commit, tree=git.tree_of(commit))
