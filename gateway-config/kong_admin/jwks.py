"""A JSON Web Key Set (RFC 7517) → the keys that a gateway can verify tokens with."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kong_admin.consumers import Algorithm
from kong_admin.errors import UnexpectedAnswerError, UnreachableError

_ALGORITHMS: Mapping[object, Algorithm] = {
    None: "RS256", "RS256": "RS256", "RS384": "RS384", "RS512": "RS512",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """One RSA key: `kid` is what tokens name it by, `pem` what Kong wants."""

    kid: str
    algorithm: Algorithm
    pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """`ignored` are keys for signatures that no RSA key verifies, or that nobody can name."""

    keys: tuple[VerifyingKey, ...]
    ignored: tuple[str, ...] = ()


def fetch(url: str, *, transport: httpx.BaseTransport | None = None) -> KeySet:
    """Ask for the keys, past every cache; raise rather than answer none."""
    try:
        with httpx.Client(timeout=5.0, transport=transport, trust_env=False) as http:
            response = http.get(url, headers={"Cache-Control": "no-cache"})
    except (httpx.TransportError, httpx.InvalidURL) as failed:
        raise UnreachableError(
            f"no keys from {url} ({failed or type(failed).__name__}), so the gateway keeps those it "
            "has; is this the address of the keys?"
        ) from failed
    if not response.is_success:
        raise UnexpectedAnswerError(
            f"{url}: {response.status_code} instead of keys; the gateway keeps those it has"
        )
    try:
        found = read(response.json())
    except ValueError as malformed:
        raise UnexpectedAnswerError(
            f"{url}: {malformed}; the gateway keeps those it has"
        ) from malformed
    if not found.keys:
        # Without any key nobody would come in, and no issuer means that.
        raise UnexpectedAnswerError(
            f"{url}: there is no usable key, so the gateway keeps those it has; let the issuer make "
            "one, then run the same command again"
        )
    return found


def read(document: object) -> KeySet:
    """The keys of a document that was fetched; ValueError for what is none."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("this is no JSON Web Key Set")  # noqa: TRY004  # an answer, no argument
    mappings = [key for key in listed if isinstance(key, Mapping) and key.get("use") != "enc"]
    usable = [key for key in mappings if _is_usable(key)]
    return KeySet(
        keys=tuple(_verifying(key) for key in usable),
        ignored=tuple(str(key.get("kid", "?")) for key in mappings if key not in usable),
    )


def _is_usable(key: Mapping[str, Any]) -> bool:
    named = isinstance(key.get("kid"), str) and key["kid"]
    return bool(named) and key.get("kty") == "RSA" and key.get("alg") in _ALGORITHMS


def _verifying(key: Mapping[str, Any]) -> VerifyingKey:
    modulus, exponent = (_number(key.get(name)) for name in ("n", "e"))
    public = RSAPublicNumbers(e=exponent, n=modulus).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().rstrip()
    return VerifyingKey(kid=key["kid"], algorithm=_ALGORITHMS[key.get("alg")], pem=pem)


def _number(text: object) -> int:
    if not isinstance(text, str) or not text:
        raise ValueError("a key lacks one of its numbers")
    try:
        padded = text + "=" * (-len(text) % 4)
        return int.from_bytes(base64.b64decode(padded, altchars=b"-_", validate=True))
    except binascii.Error:
        raise ValueError("a key's number is not base64url") from None
