"""What is asked of the two systems, from a file that says why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import TypeAdapter, ValidationError

from loadtests.compare.errors import CompareError
from loadtests.compare.knee import Limits

DEFAULT = Path(__file__).with_name("thresholds.yaml")
THROUGHPUT, CPU, MEMORY = "throughput_at_the_knee", "cpu_per_request", "memory"
BROWSING, ALL, FAILED = "p95_of_browsing", "p95_of_all", "failed"
KNOWN = (THROUGHPUT, CPU, BROWSING, ALL, MEMORY, FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """At least, at most, or both."""

    at_least: float | None = None
    at_most: float | None = None

    def allows(self, value: float | None) -> bool:
        """Whether a measured value keeps to it; what was not measured never does."""
        if value is None or value != value:  # noqa: PLR0124 - the one number that is not itself
            return False
        is_enough = self.at_least is None or value >= self.at_least
        return is_enough and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        least = [] if self.at_least is None else [f"≥ {self.at_least:g}"]
        return ", ".join([*least, *([] if self.at_most is None else [f"≤ {self.at_most:g}"])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    level: Limits
    after: dict[str, Bound]

    @classmethod
    def of(cls, path: Path) -> Self:
        """Read a file; raises CompareError for one that says nothing we understand."""
        try:
            document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            found = TypeAdapter(cls).validate_python(document)
        except (OSError, yaml.YAMLError, ValidationError) as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise CompareError(f"{path} is no file of thresholds: {' '.join(lines[:3])}") from None
        if strange := set(found.after) - set(KNOWN):
            known = ", ".join(KNOWN)
            raise CompareError(f"{path}: nothing is called {min(strange)}; there are {known}")
        return found
