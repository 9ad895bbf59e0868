"""Who calls: consumers, what proves them, and the groups they are in."""

import re
import secrets
from typing import Annotated, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AfterValidator, Field, model_validator

from embedded_gateway.entity import Entity, Reference

# Names reach Envoy inside expressions, so they must not hold what ends a string there.
_PLAIN = re.compile(r"[\w.@+:/=\- ]{1,256}", re.ASCII)
# A header holds any visible character; this one ends a line of Envoy's configuration.
_KEY = re.compile(r"[!-~]{1,512}")


def _plain(value: str) -> str:
    if not _PLAIN.fullmatch(value):
        raise ValueError(
            f"invalid value '{value}': the embedded gateway takes ASCII letters, digits, blanks "
            "and . _ @ + : / = - here"
        )
    return value


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError("the embedded gateway takes keys of visible ASCII characters only")
    return value


def _generated() -> str:
    return secrets.token_urlsafe(24)


Plain = Annotated[str, AfterValidator(_plain)]
Key = Annotated[str, AfterValidator(_key)]


class Consumer(Entity):
    """A caller with a name."""

    created_at: int
    updated_at: int
    username: Plain | None = None
    custom_id: Plain | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.username is None and self.custom_id is None:
            raise ValueError(
                "at least one of these fields must be non-empty: 'custom_id', 'username'"
            )
        return self


class Owned(Entity):
    """What belongs to a consumer and goes with it; Kong keeps no time of change for these."""

    created_at: int
    updated_at: float = Field(default=0, exclude=True)
    consumer: Reference


class KeyAuth(Owned):
    """A key that is sent along."""

    key: Key = Field(default_factory=_generated)
    ttl: None = None


class Jwt(Owned):
    """What verifies the tokens that name `key`."""

    key: Plain = Field(default_factory=_generated)
    secret: str = Field(default_factory=_generated)
    rsa_public_key: str | None = None
    algorithm: Literal["HS256", "HS384", "HS512", "RS256", "RS384", "RS512"] = "HS256"

    @property
    def is_symmetric(self) -> bool:
        """Whether both sides share the secret."""
        return self.algorithm.startswith("HS")

    def public_key(self) -> RSAPublicKey:
        """Raise ValueError for what is no RSA key."""
        try:
            key = load_pem_public_key((self.rsa_public_key or "").encode())
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("invalid key") from None
        if isinstance(key, RSAPublicKey):
            return key
        raise ValueError("invalid key")

    @model_validator(mode="after")
    def _verifies(self) -> Self:
        if not self.is_symmetric:
            self.public_key()
        return self


class Acl(Owned):
    """A consumer's place in a group."""

    group: Plain
