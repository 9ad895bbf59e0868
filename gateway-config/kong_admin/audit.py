"""Who changed what at a gateway, and when: Kong OSS keeps no such log, so its client does.

A line of JSON before each write and one after it, so that what a crash cut off shows as well. Lines
are appended whole: several processes may share one file. Secrets never get in.
"""

import getpass
import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from kong_admin.errors import HIDDEN, UnusableInputError

SECRET = re.compile("password|secret|token|api_?key|private_?key|authorization", re.IGNORECASE)
_KEYS = re.compile("/key-auths?(/|$)")

Outcome = Callable[[int], None]


class Audit(Protocol):
    """Told of every write that a client sends."""

    @contextmanager
    def writing(self, method: str, path: str, body: object) -> Iterator[Outcome]:
        """Around one write; its status goes to what is yielded."""
        ...


class Unheard:
    """Nobody is told."""

    @contextmanager
    def writing(self, method: str, path: str, body: object) -> Iterator[Outcome]:
        """Forget it."""
        del method, path, body
        yield lambda _: None


class AuditLog:
    """Appends to a file. A write that cannot be noted is not sent: UnusableInputError."""

    def __init__(self, path: Path, *, actor: str, command: str) -> None:
        self._path = path
        self._who = {"actor": actor, "command": command}

    @contextmanager
    def writing(self, method: str, path: str, body: object) -> Iterator[Outcome]:
        """See Audit."""
        name = uuid4().hex
        what = {"method": method, "path": path, "body": masked(body, path=path)}
        self._append({"id": name, "phase": "intent", **self._who, **what})

        def outcome(status: int) -> None:
            phase = "done" if 200 <= status < 300 else "refused"
            self._append({"id": name, "phase": phase, "status": status})

        try:
            yield outcome
        except BaseException as failed:
            self._append({"id": name, "phase": "failed", "error": type(failed).__name__})
            raise

    def _append(self, entry: Mapping[str, Any]) -> None:
        at = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, **entry}, ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as failed:
            raise UnusableInputError(
                f"the audit log {self._path} cannot be written ({failed.strerror}), so nothing more "
                "is changed: mend it, or unset KONG_AUDIT_LOG"
            ) from failed


def audit_of(environ: Mapping[str, str]) -> Audit:
    """The log that KONG_AUDIT_LOG names, if any; KONG_AUDIT_ACTOR says who acts, else the login."""
    path = environ.get("KONG_AUDIT_LOG")
    if not path:
        return Unheard()
    actor = environ.get("KONG_AUDIT_ACTOR") or f"{getpass.getuser()}@{socket.gethostname()}"
    return AuditLog(Path(path), actor=actor, command=_command())


def masked(body: object, *, path: str) -> Any:
    """A body without secrets; of a whole configuration only its hash."""
    if path.startswith("/config"):
        content = json.dumps(body, sort_keys=True, default=str).encode()
        return {"sha256": hashlib.sha256(content).hexdigest()}
    hidden = {"key"} if _KEYS.search(path) else set[str]()
    return _masked(body, hidden)


def _masked(value: Any, hidden: set[str], name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(below, hidden, str(key)) for key, below in value.items()}
    if isinstance(value, list):
        return [_masked(below, hidden, name) for below in value]
    is_secret = name in hidden or bool(SECRET.search(name))
    return HIDDEN if value and isinstance(value, str) and is_secret else value


def _command() -> str:
    # Of `python -m package` only the folder is known; options may hold secrets.
    program = Path(sys.argv[0])
    name = program.parent.name if program.stem == "__main__" else program.stem
    words = [word for word in sys.argv[1:] if re.fullmatch(r"[\w./=:-]+", word)]
    return " ".join([name, *words[: _first_option(words)]])


def _first_option(words: list[str]) -> int:
    return next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
