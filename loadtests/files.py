"""Where a run of the load keeps what it noted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFiles:
    folder: Path

    @classmethod
    def of_environment(cls) -> RunFiles:
        """Under the state directory; LOADTESTS_FOLDER names another place."""
        state = Path(os.environ.get("STATE_DIR", ".run"))
        return cls(Path(os.environ.get("LOADTESTS_FOLDER", state / "demo")))

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def samples(self) -> Path:
        return self.folder / "samples.csv"

    @property
    def openings(self) -> Path:
        return self.folder / "openings.json"

    @property
    def generator(self) -> Path:
        return self.folder / "generator.json"

    @property
    def log(self) -> Path:
        return self.folder / "locust.log"

    def clear(self) -> None:
        """Begin anew: a verdict joins one run's ledger, not the sum of all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in (self.ledger, self.samples, self.openings, self.generator, self.log):
            path.unlink(missing_ok=True)
