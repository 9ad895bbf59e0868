"""The steps of the story, and when each began and ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened while people shopped."""

    title: str
    began: float
    ended: float

    @property
    def duration_s(self) -> float:
        return self.ended - self.began
