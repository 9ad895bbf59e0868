"""What can go wrong with a run.

* StranglerError            the message ends with what to do next
  * RefusedError            exit code 2: this command has changed nothing
    x PlanError             a file of seams/ cannot be meant
    x OccupiedError         another run holds the seam
    x UnfinishedError       a former run was cut off
    x ForbiddenError        a check says no; carries the checks
  * FailedError             exit code 1: an effect failed; `resume` goes on from there
    x UnreachableError      a database, the broker or the gateway does not answer
    x StoppedError          a check says no, and this command has changed something before
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strangler.preflight import Check


class StranglerError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 1
    # Whether the document on stdout has said so already.
    is_told = False


class RefusedError(StranglerError):
    """The command is not carried out."""

    exit_code = 2


class PlanError(RefusedError):
    """A file of seams/ is not there or cannot be meant."""


class OccupiedError(RefusedError):
    """Another run holds the seam."""


class UnfinishedError(RefusedError):
    """A former run was cut off between two positions."""


class ForbiddenError(RefusedError):
    """At least one check of the preflight says no."""

    def __init__(self, checks: Sequence["Check"], *, look: str) -> None:
        self.checks = tuple(checks)
        reasons = "; ".join(
            f"{check.name}: {check.value} (limit {check.limit}), {check.mend}"
            for check in checks
            if not check.ok
        )
        super().__init__(f"{reasons}; then look again: {look}")


class FailedError(StranglerError):
    """An effect failed; nothing after it was begun."""


class UnreachableError(FailedError):
    """Something that the command needs does not answer."""


class StoppedError(FailedError):
    """A check said no half-way: the seam is not where it was before the command."""

    def __init__(self, refused: RefusedError, *, seam: str, standing: str) -> None:
        where = standing if standing.startswith("between ") else f"at {standing}"
        super().__init__(f"{seam} stands {where} now, and goes no further: {refused}")
