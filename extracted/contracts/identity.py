"""Who asks: the claims of an access token, and the one way in which both sides verify it.

* **subject**: the customer a token speaks for. **role**: what a subject may do beyond its own.
* **keys**: find the public key of a key id, None when there is no such key.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import ConfigDict, ValidationError

from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Contract

AUTHORIZATION = "Authorization"
JWKS_PATH = "/.well-known/jwks.json"
# How long a copy of the keys is fresh. A new key is published this much before it signs.
JWKS_MAX_AGE_S = 60
ISSUER = "monolith"
AUDIENCE = "shop"
ALGORITHM: Literal["RS256"] = "RS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068, no secret
LEEWAY_S = 5

Keys = Callable[[str], RSAPublicKey | None]


class Role(StrEnum):
    """What a subject may be; everybody who is signed in is a customer."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    STAFF = "staff"


SIGNED_IN = frozenset({Role.CUSTOMER})
MERCHANTS = frozenset({Role.MERCHANT, Role.STAFF})
STAFF = frozenset({Role.STAFF})


class Identity(Contract):
    """Who asks, as a verified token says."""

    subject: UUID
    roles: tuple[Role, ...]

    def holds(self, roles: Collection[Role]) -> bool:
        """Whether the subject has one of the roles."""
        return any(role in roles for role in self.roles)

    def may_see(self, owner: UUID) -> bool:
        """Whether what belongs to `owner` may be seen: one's own, and all of it by staff."""
        return self.subject == owner or self.holds(STAFF)


class Jwk(Contract):
    """A public key (RFC 7517)."""

    kty: Literal["RSA"] = "RSA"
    use: Literal["sig"] = "sig"
    alg: Literal["RS256"] = ALGORITHM
    kid: str
    n: str
    e: str

    def key(self) -> RSAPublicKey:
        """Return what verifies; raises jwt.PyJWTError for numbers that are no key."""
        found = jwt.PyJWK(self.model_dump()).key
        if not isinstance(found, RSAPublicKey):
            msg = "a private key was published"
            raise jwt.InvalidKeyError(msg)
        return found


class Jwks(Contract):
    """All keys that verify at this moment."""

    # A later publisher may say more about a key than we understand.
    model_config = ConfigDict(frozen=True, extra="ignore")

    keys: tuple[Jwk, ...]


def identify(header: str | None, *, keys: Keys) -> Identity:
    """Verify the header Authorization; raises ProblemError 401."""
    token = _bearer(header)
    try:
        key = keys(_key_id(token))
        if key is None:
            raise _refused("The token was signed by an unknown key.")
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
        return Identity.model_validate({"subject": claims["sub"], "roles": claims.get("roles")})
    except jwt.ExpiredSignatureError:
        raise _refused("The token has expired.") from None
    except (jwt.PyJWTError, ValidationError):
        raise _refused("The token is not one of ours.") from None


def require(identity: Identity, roles: Collection[Role]) -> None:
    """Let pass who has one of the roles; raises ProblemError 403."""
    if not identity.holds(roles):
        raise ProblemError("forbidden")


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _key_id(token: str) -> str:
    head = jwt.get_unverified_header(token)
    # Another kind of token by the same issuer must never pass for an access token.
    if head.get("typ") != TOKEN_TYPE or head.get("alg") != ALGORITHM:
        raise jwt.InvalidTokenError
    return str(head.get("kid", ""))


def _refused(detail: str) -> ProblemError:
    challenge = 'Bearer error="invalid_token"'
    return ProblemError("invalid-token", detail, headers={"WWW-Authenticate": challenge})
