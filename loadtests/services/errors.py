"""What can go wrong, as far as it is told to people."""


class BenchError(Exception):
    """Something that is needed is not there, or does not do what was measured."""
