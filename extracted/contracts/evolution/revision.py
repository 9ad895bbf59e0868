"""Reads the published language: of the files at hand, and of a revision, by git."""

import json
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

from extracted.contracts.evolution.compare import Language
from extracted.contracts.golden import SCHEMAS

CONTRACTS = SCHEMAS.parent
_FOLDER = "extracted/contracts"
_MAIN = "origin/main"


class RevisionError(Exception):
    """A revision cannot be read."""


def read_tree(*, contracts: Path = CONTRACTS) -> Language:
    """Read what the files say now, committed or not."""
    openapi = contracts / "openapi.json"
    files = sorted((contracts / "schemas").glob("*.json"))
    return Language(
        schemas={path.stem: _parsed(path.read_text(encoding="utf-8"), path) for path in files},
        openapi=_parsed(openapi.read_text(encoding="utf-8"), openapi) if openapi.exists() else {},
    )


def read_revision(revision: str, *, root: Path) -> Language:
    """Read what was committed at `revision`; what was not there yet is empty. Raises RevisionError."""
    listed = _git("ls-tree", "-r", "--name-only", revision, "--", _FOLDER, root=root).splitlines()
    files = {PurePosixPath(name) for name in listed if name.endswith(".json")}
    if not files:
        msg = f"{revision} has no contracts in {_FOLDER}"
        raise RevisionError(msg)
    text = {path: _git("show", f"{revision}:{path}", root=root) for path in sorted(files)}
    return Language(
        schemas={
            path.stem: _parsed(body, path)
            for path, body in text.items()
            if path.parent.name == "schemas"
        },
        openapi=next((_parsed(t, p) for p, t in text.items() if p.name == "openapi.json"), {}),
    )


def commit_of(revision: str | None, *, root: Path) -> str:
    """Return the commit to compare with: by default where this branch left the main one."""
    if revision is not None:
        # A word that begins with `-` is no revision, whatever git would make of it.
        return _git(
            "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}", root=root
        )
    try:
        return _git("merge-base", "HEAD", _MAIN, root=root)
    except RevisionError:
        return _git("rev-parse", "--verify", "HEAD", root=root)


def _git(*arguments: str, root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RevisionError(str(error)) from error
    if done.returncode:
        raise RevisionError(done.stderr.strip().splitlines()[-1] if done.stderr else arguments[0])
    return done.stdout.strip()


def _parsed(text: str, path: PurePosixPath | Path) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        msg = f"{path} is not JSON: {error}"
        raise RevisionError(msg) from error
    if not isinstance(found, dict):
        msg = f"{path} is no JSON object"
        raise RevisionError(msg)
    return found
