"""What a difference counts for: known, noise, or a reason not to go on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monolith.seams.answers import Outcome, Reading, fields_of
from monolith.seams.differences import Known, declared, noisy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a comparison went; `example` shows a difference, or what one was excused by."""

    outcome: Outcome
    example: dict[str, Any] | None = None
    # Of our own answer, as it was last read: "" for one that has something in it.
    kind: str = ""


def weighed(
    path: str,
    *,
    own: Reading,
    theirs: Reading,
    known: Sequence[Known],
    noise: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge two answers that differ.

    What is declared is taken out, and the rest agrees or does not. Where noise was taken out, too, the rest is too
    little to say that they agree: of a list in no order nothing is left.
    """
    fields = fields_of(own=own, theirs=theirs)
    reasons = declared(fields, known)
    chance = noisy(fields, noise) - reasons.keys()
    found: dict[str, Any] = {"path": path, "declared": reasons, "noise": sorted(chance)}
    if left := fields - chance - reasons.keys():
        shown = {"own": _shown(own), "theirs": _shown(theirs)}
        different = {**found, "fields": sorted(left), **shown}
        return Verdict(outcome="different", example=different, kind=own.kind)
    return Verdict(outcome="noisy" if chance else "excused", example=found, kind=own.kind)


def _shown(reading: Reading) -> dict[str, Any]:
    return {"status": reading.status, "body": reading.body[:2000].decode(errors="replace")}
