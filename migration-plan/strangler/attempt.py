"""Turns what drivers and libraries raise into one line with the next command."""

from collections.abc import Callable
from typing import TypeVar

import psycopg

from handover.moves import HandoverError
from handover.standing import NotRegisteredError
from kong_admin import KongAdminError
from strangler.errors import FailedError, UnreachableError
from strangler.world import World

T = TypeVar("T")


def attempt(act: Callable[[], T], world: World) -> T:
    """Do it; raises FailedError or UnreachableError for what may go wrong on the way."""
    then = world.then
    try:
        return act()
    except psycopg.OperationalError as error:
        msg = f"a database does not answer ({_line(error)}); start it (python -m stack up), {then}"
        raise UnreachableError(msg) from error
    except (psycopg.Error, NotRegisteredError) as error:
        msg = f"a database refused ({_line(error)}); see strangler status {world.domain}, {then}"
        raise FailedError(msg) from error
    except HandoverError as error:
        raise FailedError(f"{_line(error)}; {then}") from error
    except KongAdminError as error:
        raise UnreachableError(f"{_line(error)}; {then}") from error


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
