"""Makes the tags that the manifest names, and moves none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stages.errors import GitError, TagMovedError
from stages.git import Git
from stages.manifest import Manifest, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What `make tags` has to do: the tags to make; those that are right already."""

    to_make: tuple[Tag, ...]
    there: tuple[Tag, ...]


def missing(manifest: Manifest, *, git: Git) -> Missing:
    """Compare the manifest with the clone.

    Raises TagMovedError for a tag that names another commit, GitError for a commit that the clone
    does not have: then no tag at all is made, because half a series is a wrong one.
    """
    wanted = [tag for series in manifest.series for tag in manifest.tags(series)]
    to_make: list[Tag] = []
    there: list[Tag] = []
    for tag in wanted:
        found = git.commit_of(f"refs/tags/{tag.name}")
        if found is not None and found != tag.commit:
            raise TagMovedError(
                f"{tag.name} names {found[:12]} here and {tag.commit[:12]} in the manifest; a"
                f" published tag never moves (git tag -d {tag.name}, if it was never published)"
            )
        if found is None and git.commit_of(tag.commit) is None:
            raise GitError(
                f"the commit {tag.commit[:12]} of {tag.name} is not in this clone;"
                " git fetch origin main brings it (a shallow clone: git fetch --unshallow)"
            )
        (there if found else to_make).append(tag)
    return Missing(to_make=tuple(to_make), there=tuple(there))


def make(tags: Sequence[Tag], *, manifest: Manifest, git: Git) -> None:
    """Make annotated tags, each with its stage's title."""
    titles = {stage.name: stage.title for stage in manifest.stages}
    for tag in tags:
        git("tag", "--annotate", "--message", titles[tag.stage], tag.name, tag.commit)
