"""What can end the story early."""

from __future__ import annotations

from pathlib import Path


class StoryError(Exception):
    """One cause, and the log to read."""

    def __init__(self, cause: str, *, log: Path | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.log = log

    def __str__(self) -> str:
        return f"{self.cause}; read {self.log}" if self.log else self.cause
