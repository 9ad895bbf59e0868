"""What keeps a comparison from being made."""

from __future__ import annotations


class CompareError(Exception):
    """One cause, in one line."""
