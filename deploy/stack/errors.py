"""What can go wrong with the stack; each message is one line that names the cause.

* StackError
  x MissingError        a package, a program of the system, a variable
  x PortTakenError      somebody else listens where we must
  x ProgramError        a program died or did not become ready; names its log
"""


class StackError(Exception):
    """A cause the user can act on; the command line prints it and exits with 2."""


class MissingError(StackError):
    """Something that `make setup` should have installed is not there."""


class PortTakenError(StackError):
    """Somebody else listens on a port of ours."""


class ProgramError(StackError):
    """A program died, or did not become ready in time."""
