"""What is compared: a tree of the history, or this one, with all its seams at one position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from loadtests.compare.errors import CompareError

MONOLITH, CUTOVER = "monolith", "cutover"
POSITIONS = (MONOLITH, CUTOVER)
BEFORE, AFTER = "before", "after"
ROLES = (BEFORE, AFTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`revision` is git's word for a tree; without one it is this tree, as it lies here.

    `commit` is what the word meant when the comparison began: a branch may move meanwhile.
    """

    role: str
    name: str
    position: str
    revision: str | None = None
    commit: str | None = None

    @classmethod
    def of(cls, text: str, *, role: str) -> Self:
        """Read `monolith`, `cutover`, `v1/06-orders` or `v1/06-orders:monolith`.

        A tree of the history is measured where its stage ends: with all that can leave at cutover.
        """
        if text in POSITIONS:
            return cls(role=role, name=text, position=text)
        # No name of a revision has a colon in it.
        revision, colon, position = text.partition(":")
        if not revision or (colon and position not in POSITIONS):
            raise CompareError(
                f"{text!r} is neither a position (monolith, cutover) nor a revision, like"
                " v1/06-orders or v1/06-orders:monolith"
            )
        return cls(role=role, name=text, position=position or CUTOVER, revision=revision)


def pair(before: str, after: str) -> tuple[Subject, Subject]:
    """Both subjects; raises CompareError when they are not of one kind."""
    found = Subject.of(before, role=BEFORE), Subject.of(after, role=AFTER)
    if (found[0].revision is None) != (found[1].revision is None):
        raise CompareError(
            f"{before!r} and {after!r}: compare two positions of this tree, or two revisions"
            " (HEAD:monolith is one)"
        )
    return found
