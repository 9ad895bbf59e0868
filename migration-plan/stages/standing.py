"""Sees to it that the branches of stages exist and stand on main as it is now."""

from __future__ import annotations

from stages import rebasing, restoring
from stages.errors import StagesError
from stages.git import Git
from stages.manifest import Manifest
from stages.trees import Branches

_WAYS = {"back": "back", "ahead": "on"}


def stand_on_main(branches: Branches, *, manifest: Manifest, git: Git, dry_run: bool) -> None:
    """Make what is missing and rebase what is behind; a dry run raises StagesError for either."""
    tip = git.required(branches.main, hint="--main names the branch that all others stand on")
    for branch in branches.standing(manifest):
        way = "back" if branch == branches.back else "ahead"
        if restoring.is_restorable(branch, manifest=manifest, git=git):
            if dry_run:
                msg = f"there is no branch {branch} here; make series makes it from the last series"
                raise StagesError(msg)
            stages = manifest.ahead if way == "ahead" else manifest.reached[-2::-1]
            restoring.restore(branch, stages, manifest=manifest, git=git)
        git.required(branch, hint=f"--{way} names the branch that goes {_WAYS[way]} from main")
        if rebasing.is_behind(branch, main=tip, git=git):
            if dry_run:
                msg = f"{branch} does not stand on {branches.main}; make series rebases it first"
                raise StagesError(msg)
            rebasing.rebase(branch, main=tip, git=git)
