"""A thousand ports for a copy of the system that stands beside the tests' own."""

from stack import ports
from stack import profile as profiles
from stack.profile import Kind

# Of each kind of program one: gateway, monolith, servers.
OFFSETS = (0, 1, 100, 432, 672, 673, 674, 675)


def free_base() -> int:
    """Find the first that nobody uses, below the ephemeral range."""
    taken = profiles.load(Kind.TEST).base
    bases = (base for base in range(22000, 31001, 1000) if base != taken)
    return next(base for base in bases if all(ports.is_free(base + n) for n in OFFSETS))
