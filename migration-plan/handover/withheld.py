"""What lies behind a gap: deliveries left with the broker until what comes before them is here."""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Withheld:
    """Deliveries of a session, by domain, that nobody has acknowledged; their bodies are forgotten.

    A lost queue fills again with later messages before somebody has it sent anew, and what is missing
    comes behind all of these. There may be any number of them, so only two numbers each are kept.
    """

    _behind: defaultdict[str, list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def __bool__(self) -> bool:
        return any(self._behind.values())

    def add(self, domain: str, deliveries: Iterable[tuple[int, int]]) -> None:
        """Keep `(sequence, delivery tag)` of each."""
        for delivery in deliveries:
            heapq.heappush(self._behind[domain], delivery)

    def covered(self, domain: str, *, last_sequence: int) -> list[int]:
        """Take out the tags of what is applied: just now, or when it came a second time."""
        behind, tags = self._behind[domain], []
        while behind and behind[0][0] <= last_sequence:
            tags.append(heapq.heappop(behind)[1])
        return tags

    def is_after(self, domain: str, missing: int) -> bool:
        """Whether `missing` is not kept here, but something after it is."""
        behind = self._behind[domain]
        return bool(behind) and behind[0][0] > missing
