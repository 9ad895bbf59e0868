"""Passwords: hashed with Argon2id, and refused when everybody knows them."""

from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from extracted.contracts.problems import FieldError, invalid_input


class Argon2id(Argon2PasswordHasher):
    """OWASP's parameters: Django's 100 MiB for each sign-in would let a crowd eat all memory."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


def hashed(password: str) -> str:
    """Hash a new password; raises ProblemError 422 for one that is easily guessed."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise invalid_input(
            FieldError(field="password", detail=text) for text in error.messages
        ) from None
    return make_password(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether the password is the kept one; takes as long when nothing is kept."""
    return check_password(password, kept or _nobodys()) and kept is not None


@cache
def _nobodys() -> str:
    return make_password("nobody has this password")
