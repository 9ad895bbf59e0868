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
