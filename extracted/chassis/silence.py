"""What a command that ends by itself says when a server does not answer; processes that stay wait instead."""

from collections.abc import Iterator
from contextlib import contextmanager


class SilentServer(Exception):
    """A server does not answer; the text says which one, and why."""

    def __init__(self, server: str, error: Exception) -> None:
        why = " ".join(str(error).split())
        super().__init__(f"the {server} does not answer ({why}); start it: python -m stack up")


@contextmanager
def noticed() -> Iterator[None]:
    """Raise SilentServer where the database is not there."""
    import psycopg  # noqa: PLC0415 - only now: who serves patches before

    try:
        yield
    except psycopg.OperationalError as error:
        # A server that answers gives its refusals a code.
        if error.sqlstate:
            raise
        raise SilentServer("database", error) from error
