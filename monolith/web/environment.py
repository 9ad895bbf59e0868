"""Read the environment, with an error that says what is missing."""

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import Error
from psycopg.conninfo import conninfo_to_dict


def required(name: str) -> str:
    """Return a variable of the environment; raises ImproperlyConfigured when it is not set."""
    value = os.environ.get(name, "")
    if not value:
        msg = f"the environment variable {name} is not set (`python -m stack env` prints them all)"
        raise ImproperlyConfigured(msg)
    return value


def database(name: str) -> dict[str, Any]:
    """Turn the connection URL in variable `name` into Django's settings of a database."""
    try:
        found = conninfo_to_dict(required(name))
    except Error as error:
        msg = f"{name} is not a connection URL like postgresql://user@host:5432/name: {error}"
        raise ImproperlyConfigured(msg) from None
    if not found.get("dbname"):
        msg = f"{name} names no database"
        raise ImproperlyConfigured(msg)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found["dbname"],
        "USER": found.get("user", ""),
        "PASSWORD": found.get("password", ""),
        "HOST": found.get("host", ""),
        "PORT": found.get("port", ""),
        "TIME_ZONE": "UTC",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {},
    }


def switched(name: str, *, default: str) -> bool:
    """Return whether the switch in variable `name` is on; raises ImproperlyConfigured."""
    value = os.environ.get(name, "") or default
    if value not in {"on", "off"}:
        msg = f"{name} is on or off, not {value!r}"
        raise ImproperlyConfigured(msg)
    return value == "on"
