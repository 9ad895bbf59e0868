"""What can go wrong with a command.

* StranglerError            the message ends with what to do next
  * RefusedError            exit code 2: nothing was changed
  * FailedError             exit code 1: something failed
    x UnreachableError      a database does not answer
"""


class StranglerError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 1


class RefusedError(StranglerError):
    """The command is not carried out."""

    exit_code = 2


class FailedError(StranglerError):
    """Something failed; nothing after it was begun."""


class UnreachableError(FailedError):
    """Something that the command needs does not answer."""


class StoppedError(FailedError):
    """A check said no half-way: the seam is not where it was before the command."""

    def __init__(self, refused: RefusedError, *, seam: str, standing: str) -> None:
        where = standing if standing.startswith("between ") else f"at {standing}"
        super().__init__(f"{seam} stands {where} now, and goes no further: {refused}")
