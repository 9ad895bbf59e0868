"""What is asked of git, in one repository."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stages.errors import GitError

_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Git:
    """One repository, or a working tree of it."""

    root: Path

    def __call__(self, *arguments: str, stdin: str | None = None, index: Path | None = None) -> str:
        """Run git and return what it printed; raises GitError with its last line."""
        environment = os.environ | ({"GIT_INDEX_FILE": str(index)} if index else {})
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.root,
                input=stdin,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {arguments[0]}: {error}") from error
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise GitError(f"git {arguments[0]}: {said[-1] if said else 'failed'}")
        return done.stdout.rstrip("\n")

    def commit_of(self, revision: str) -> str | None:
        """Return the commit that a revision names here; None when there is none."""
        try:
            # A word that begins with `-` is no revision, whatever git would make of it.
            return self(
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{revision}^{{commit}}",
            )
        except GitError:
            return None

    def required(self, revision: str, *, hint: str) -> str:
        """Return the commit that a revision names; raises GitError with a hint what to do."""
        commit = self.commit_of(revision)
        if commit is None:
            raise GitError(f"there is no commit {revision} here; {hint}")
        return commit

    def tree_of(self, commit: str) -> str:
        """Return the tree of a commit."""
        return self("rev-parse", "--verify", f"{commit}^{{tree}}")

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`."""
        try:
            self("merge-base", "--is-ancestor", older, newer)
        except GitError:
            return False
        return True
