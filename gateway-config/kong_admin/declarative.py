"""Declarative files (decK's format, the part we use) → the desired state.

_format_version: "3.0"
services:   [{name, host, ..., routes: [{name, paths, ..., plugins: []}], plugins: []}]
upstreams:  [{name, ..., targets: [{target, weight}]}]
targets:    [{upstream, target, weight}], where the upstream is of another file
consumers:  [{username, keyauth_credentials: [{key}], jwt_secrets: [{key, algorithm, ...}],
              acls: [{group}], plugins: []}]
plugins:    [{name, config}]
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kong_admin.diff import SELECT_TAG
from kong_admin.errors import DeclarationError, Problem
from kong_admin.reader import Reader
from kong_admin.state import State
from kong_admin.strict_yaml import read_yaml


def load(
    paths: Iterable[Path],
    *,
    environ: Mapping[str, str] | None = None,
    select_tag: str = SELECT_TAG,
) -> State:
    """All files as one state; a folder stands for its `*.yaml`. Everything gets the select tag."""
    environ = os.environ if environ is None else environ
    if not select_tag or set(select_tag) & set(",/"):
        raise _problem(Path("--select-tag"), f"{select_tag!r} cannot be a tag of Kong")
    merged = State()
    seen: dict[tuple[str, tuple[str, ...]], Path] = {}
    for file in _files(paths):
        state = Reader(str(file), select_tag).read(read_yaml(file, environ=environ))
        for entity in state:
            identity = entity.kind, entity.identity
            if identity in seen:
                raise _problem(file, f"{entity.label} is already declared in {seen[identity]}")
            seen[identity] = file
        merged += state
    return merged


def _files(paths: Iterable[Path]) -> Sequence[Path]:
    files: list[Path] = []
    for path in paths:
        found = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
        if not found:
            raise _problem(path, "the folder has no *.yaml files")
        files.extend(found)
    return files


def _problem(file: Path, message: str) -> DeclarationError:
    return DeclarationError(Problem(file=str(file), path="", message=message))
