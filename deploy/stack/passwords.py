"""Generates the passwords of one copy once, and keeps them in a file only its owner can read."""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from stack.profile import Profile
from stack.services import databases

ROLES = {role.upper() for role, _ in databases().values()}
_NAMES = (
    *sorted(ROLES),
    "AMQP",
    "DJANGO_SECRET_KEY",
    "AUTH_MASTER_KEY",
    "SEED_PASSWORD",
)


def load(profile: Profile) -> Mapping[str, str]:
    """The passwords by name; what is not in the file yet is generated and added."""
    return kept(profile.state / "secrets.env", names=_NAMES)


def kept(path: Path, *, names: Iterable[str]) -> Mapping[str, str]:
    """What the file has, and what it lacks of these names, added to it."""
    known = dict(line.split("=", 1) for line in path.read_text().split()) if path.exists() else {}
    missing = {name: secrets.token_urlsafe(32) for name in names if name not in known}
    if missing:
        _write(path, values=known | missing)
    return known | missing


def _write(path: Path, *, values: Mapping[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    # Created with its mode: a chmod afterwards would leave a moment in which others can read it.
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
