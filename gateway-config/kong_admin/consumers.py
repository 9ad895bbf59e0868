"""Who calls: consumers, and what they prove themselves with.

Credential: a key, a signing key or a group of one consumer. Each kind exists only at gateways that
offer the plugin of its name.
"""

import hashlib
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from kong_admin.entity import Entity, Identity, Reference

# Kong keeps a key as it was sent, and people end their files with a line break or without one.
Pem = Annotated[str, AfterValidator(str.strip)]


def _text(value: object) -> object:
    return str(value) if type(value) is int else value


# A key of digits, from the environment, has become a number on its way through the file.
Digits = Annotated[str, BeforeValidator(_text)]
Algorithm = Literal[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
    "PS256", "PS384", "PS512", "EdDSA",
]  # fmt: skip


class Consumer(Entity):
    """Somebody who calls. Kong wants a username or a custom id; files want the username."""

    kind: ClassVar[str] = "consumer"
    collection: ClassVar[str] = "consumers"

    username: str | None = None
    custom_id: str | None = None

    @property
    def identity(self) -> Identity:
        """Its username."""
        return (self.username or self.custom_id or self.id or "",)


class Credential(Entity):
    """`everywhere` is where Kong lists those of all consumers, `declared_as` their list in files."""

    plugin: ClassVar[str]
    everywhere: ClassVar[str]
    declared_as: ClassVar[str]

    consumer: Reference

    def to_json(self) -> dict[str, Any]:
        """Without the consumer: the path it is made under says whose it is."""
        return {name: value for name, value in super().to_json().items() if name != "consumer"}


class KeyAuth(Credential):
    """A key that is sent as it is."""

    kind: ClassVar[str] = "key-auth"
    collection: ClassVar[str] = "key-auth"
    plugin: ClassVar[str] = "key-auth"
    everywhere: ClassVar[str] = "key-auths"
    declared_as: ClassVar[str] = "keyauth_credentials"
    hidden: ClassVar[frozenset[str]] = frozenset({"key"})

    key: Digits = Field(min_length=1, repr=False)

    @property
    def identity(self) -> Identity:
        """Its consumer and its key."""
        return str(self.consumer), self.key

    @property
    def label(self) -> str:
        """With a fingerprint in place of the key: reports end up in logs."""
        return f"{self.kind} {self.consumer} sha256:{fingerprint(self.key)}"


class Jwt(Credential):
    """A key that verifies signatures; tokens name it by `key` (the plugin's `key_claim_name`)."""

    kind: ClassVar[str] = "jwt"
    collection: ClassVar[str] = "jwt"
    plugin: ClassVar[str] = "jwt"
    everywhere: ClassVar[str] = "jwts"
    declared_as: ClassVar[str] = "jwt_secrets"
    # Kong makes one up where none is given.
    when_declared: ClassVar[frozenset[str]] = frozenset({"secret"})
    hidden: ClassVar[frozenset[str]] = frozenset({"secret"})

    key: Digits = Field(min_length=1)
    algorithm: Algorithm = "HS256"
    rsa_public_key: Pem | None = None
    secret: Annotated[str | None, BeforeValidator(_text)] = Field(default=None, repr=False)

    @property
    def identity(self) -> Identity:
        """Its consumer and its key."""
        return str(self.consumer), self.key


class Acl(Credential):
    """A group that the consumer is in."""

    kind: ClassVar[str] = "acl"
    collection: ClassVar[str] = "acls"
    plugin: ClassVar[str] = "acl"
    everywhere: ClassVar[str] = "acls"
    declared_as: ClassVar[str] = "acls"

    group: str = Field(min_length=1)

    @property
    def identity(self) -> Identity:
        """Its consumer and its group."""
        return str(self.consumer), self.group


def fingerprint(secret: str) -> str:
    """Tells secrets apart without telling them."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


CREDENTIALS: tuple[type[Credential], ...] = (KeyAuth, Jwt, Acl)
