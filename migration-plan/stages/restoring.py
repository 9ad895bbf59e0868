"""Makes a branch that stands on main anew from the last series, in a clone that has main only."""

from __future__ import annotations

from collections.abc import Sequence

from stages.git import Git
from stages.manifest import Manifest


def is_restorable(branch: str, *, manifest: Manifest, git: Git) -> bool:
    """Whether the branch is missing here, and a series has its trees."""
    return git.commit_of(f"refs/heads/{branch}") is None and bool(manifest.series)


def restore(branch: str, stages: Sequence[str], *, manifest: Manifest, git: Git) -> None:
    """Begin at main's stage as it was published, and put the trees of `stages` upon it, in order.

    What is published says which tree comes next, and not what main was then; so the branch stands
    on the published stage, and is laid on main afterwards like any other that is behind.
    """
    published = manifest.commits[manifest.series[-1]]
    titles = {stage.name: stage.title for stage in manifest.stages}
    last = published[manifest.reached[-1]]
    for name in stages:
        text = f"{name}: {titles[name]}.\n\nStage: {name}\n"
        tree = git.tree_of(git.required(published[name], hint="fetch all of main's history"))
        last = git("commit-tree", tree, "-p", last, stdin=text)
    git("branch", branch, last)
