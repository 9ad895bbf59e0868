"""The keys that sign access tokens: made, published, rotated, withdrawn.

A key is **published** (others may fetch it), then **signs**, then only **verifies** what it signed,
then is gone. Rotation never makes a token invalid before its time.
"""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from extracted.contracts.identity import JWKS_MAX_AGE_S, Jwk, Jwks
from monolith.customers import models, secrecy

ACCESS_LIFETIME = timedelta(minutes=15)
# Whoever keeps a copy of the keys has fetched a new one before it signs anything.
PUBLISHED_AHEAD = timedelta(seconds=2 * JWKS_MAX_AGE_S)
# How long a process signs with the key it knows before it looks again.
FRESH_S = 30.0
BITS = 2048
_LOCK = 0x6B657973


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """What signs at this moment."""

    kid: str
    key: RSAPrivateKey


def published() -> Jwks:
    """Return every public key that may verify."""
    return Jwks(keys=tuple(Jwk.model_validate(row) for row in _verifying()))


def public_keys() -> Mapping[str, RSAPublicKey]:
    """Return the same by key id, ready to verify with; `web.authentication` keeps them."""
    return {jwk.kid: jwk.key() for jwk in published().keys}


def signer() -> Signer:
    """Return what signs; the first of all keys is made when it is needed."""
    global _known  # noqa: PLW0603 - what this process knows
    known = _known
    if known and time.monotonic() - known[0] < FRESH_S:
        return known[1]
    with _asking:
        found = _signing() or _begin()
        _known = (time.monotonic(), found)
        return found


def rotate(*, compromised: bool = False) -> str:
    """Make a new key and let the others run out; return its id.

    A `compromised` key is withdrawn at once, and whoever holds its tokens must refresh.
    """
    with transaction.atomic():
        _lock()
        now = timezone.now()
        old = models.SigningKey.objects.all()
        if compromised or not old.exists():
            old.delete()
            kid = _make(signs_from=now)
        else:
            signs_from = now + PUBLISHED_AHEAD
            ends = signs_from + ACCESS_LIFETIME + timedelta(seconds=2 * FRESH_S)
            old.filter(verifies_until__lt=now).delete()
            old.filter(verifies_until=None).update(verifies_until=ends)
            kid = _make(signs_from=signs_from)
    forget()
    return kid


def forget() -> None:
    """Look again next time."""
    global _known  # noqa: PLW0603 - see signer
    _known = None


_known: tuple[float, Signer] | None = None
_asking = threading.Lock()


def _verifying() -> list[dict[str, str]]:
    found = models.SigningKey.objects.filter(
        Q(verifies_until=None) | Q(verifies_until__gt=timezone.now())
    )
    return list(found.order_by("-signs_from").values_list("public_jwk", flat=True))


def _signing() -> Signer | None:
    found = models.SigningKey.objects.filter(signs_from__lte=timezone.now())
    row = found.order_by("-signs_from").first()
    if row is None:
        return None
    key = load_der_private_key(secrecy.unseal(bytes(row.private_key)), password=None)
    if not isinstance(key, RSAPrivateKey):
        msg = f"the key {row.kid} is no RSA key"
        raise TypeError(msg)
    return Signer(kid=row.kid, key=key)


def _begin() -> Signer:
    with transaction.atomic():
        _lock()
        found = _signing()
        if found is None:
            _make(signs_from=timezone.now())
            found = _signing()
    if found is None:
        msg = "a key was made and is not there"
        raise RuntimeError(msg)
    return found


def _generated() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=BITS)


def _make(*, signs_from: datetime) -> str:
    key = _generated()
    kid = uuid.uuid4().hex
    numbers = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    models.SigningKey.objects.create(
        kid=kid,
        public_jwk=Jwk(kid=kid, n=numbers["n"], e=numbers["e"]).model_dump(),
        private_key=secrecy.seal(private),
        signs_from=signs_from,
    )
    return kid


def _lock() -> None:
    # Two processes that start at once would else make two first keys.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
