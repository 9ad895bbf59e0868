r"""Assembles a series: the same trees, forward, as a history of its own, merged into main.

                  back: 05 - 04 - ... - 00        from these trees, each from the one before it
                       /
    ------------- main: 06
                       \
                        retired: 07

    00 - 01 - ... - 06 - 07                       become these commits
                           \
    ----------------- main - merge - the manifest names the commits

The merge changes nothing: its tree is main's, which is that of the last stage that can go back. It
makes the commits that tags name ancestors of main, so that whoever clones main has them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stages import manifest as manifests
from stages.errors import SeriesError
from stages.git import Git
from stages.manifest import Manifest, Stage
from stages.trees import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What a series became: the commit of each stage, and the branch that main can move to."""

    series: str
    commits: dict[str, str]
    branch: str


def changed_stages(
    ends: Sequence[Ending], *, manifest: Manifest, git: Git
) -> dict[str, str | None]:
    """Say per stage how its tree differs from the last series: None when it is new."""
    if not manifest.series:
        return {end.stage: None for end in ends}
    before = {tag.stage: tag.commit for tag in manifest.tags(manifest.series[-1])}
    return {
        end.stage: (
            git("diff", "--shortstat", before[end.stage], end.commit).strip() or "unchanged"
            if end.stage in before
            else None
        )
        for end in ends
    }


def assemble(
    ends: Sequence[Ending], *, manifest: Manifest, series: str, main: str, git: Git
) -> Assembled:
    """Make the commits, the merge and the branch `series-<name>`; no working tree is touched."""
    branch = f"series-{series}"
    if git.commit_of(f"refs/heads/{branch}") is not None:
        raise SeriesError(
            f"the branch {branch} is there already; git branch -D {branch}, if main did not take it"
        )
    commits: dict[str, str] = {}
    last: str | None = None
    stages = {stage.name: stage for stage in manifest.stages}
    for end in ends:
        parents = ("-p", last) if last else ()
        text = _message(stages[end.stage], series=series)
        last = git("commit-tree", end.tree, *parents, stdin=text)
        commits[end.stage] = last
    merged = _merge(main, last or main, series=series, git=git)
    git("branch", branch, _named(merged, series=series, commits=commits, git=git))
    return Assembled(series=series, commits=commits, branch=branch)


def _message(stage: Stage, *, series: str) -> str:
    return f"{stage.name}: {stage.title}.\n\n{stage.teaches}\n\nSeries: {series}\n"


def _merge(main: str, chain: str, *, series: str, git: Git) -> str:
    text = f"stages: Let main contain the commits of {series}.\n"
    return git("commit-tree", git.tree_of(main), "-p", main, "-p", chain, stdin=text)


def _named(parent: str, *, series: str, commits: dict[str, str], git: Git) -> str:
    """Commit the manifest with the new commits, by an index of its own."""
    # With the line feed at its end, which reading by git() takes away.
    before = git("show", f"{parent}:{manifests.PLACE}") + "\n"
    after = manifests.with_series(before, series=series, commits=commits)
    blob = git("hash-object", "-w", "--stdin", stdin=after)
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        git("read-tree", parent, index=index)
        git("update-index", "--cacheinfo", f"100644,{blob},{manifests.PLACE}", index=index)
        tree = git("write-tree", index=index)
    text = f"stages: Name the commits of {series}.\n"
    return git("commit-tree", tree, "-p", parent, stdin=text)
