"""Finds the one line of a log that most likely says why."""

import re

_TELLING = re.compile(r"error|fatal|exception|cannot|could not|failed|missing", re.IGNORECASE)


def cause(text: str) -> str:
    """The last line near the end that complains, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines[-30:] if _TELLING.search(line)]
    return (telling or lines or ["without a word"])[-1][:300]
