"""Lays a branch of stages on main as it is now, in a working tree of its own."""

from __future__ import annotations

from pathlib import Path

from stages.errors import GitError, SeriesError
from stages.git import Git

# Beside all else that comes and goes; git ignores it.
PLACE = ".run/series"


def is_behind(branch: str, *, main: str, git: Git) -> bool:
    """Whether main has commits that the branch does not stand on."""
    return not git.is_ancestor(main, branch)


def rebase(branch: str, *, main: str, git: Git) -> None:
    """Rebase; with a conflict the working tree stays, and SeriesError names what to mend."""
    place = git.root / PLACE
    if place.exists():
        _refuse_unfinished(place)
        git("worktree", "remove", PLACE)
        if not is_behind(branch, main=main, git=git):
            return
    git("worktree", "add", "--quiet", PLACE, branch)
    there = Git(place)
    try:
        # A published series has the same changes: they must not count as applied already.
        there("rebase", "--quiet", "--reapply-cherry-picks", main)
    except GitError as error:
        _refuse_unfinished(place)
        raise SeriesError(f"{branch} could not be rebased: {error}") from error
    git("worktree", "remove", PLACE)


def _refuse_unfinished(place: Path) -> None:
    there = Git(place)
    folder = Path(there("rev-parse", "--absolute-git-dir"))
    if not (folder / "rebase-merge").exists():
        return
    conflicts = there("diff", "--name-only", "--diff-filter=U").splitlines()
    stopped = there.commit_of("REBASE_HEAD")
    subject = there("log", "-1", "--format=%s", stopped) if stopped else "a commit"
    raise SeriesError(
        f"`{subject}` conflicts with main in {', '.join(conflicts) or 'nothing any more'}: mend it"
        f" in {PLACE} (git add, git rebase --continue), then make series again"
    )
