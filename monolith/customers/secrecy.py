"""Keys for one purpose each, derived from the one secret that the environment holds."""

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32


def seal(secret: bytes) -> bytes:
    """Encrypt what is kept in the database."""
    return _box().encrypt(secret)


def unseal(sealed: bytes) -> bytes:
    """Decrypt; raises cryptography.fernet.InvalidToken when the secret is another one now."""
    return _box().decrypt(sealed)


def code(purpose: str, text: str) -> str:
    """Return what only we can compute from a text."""
    made = hmac.digest(_derived(purpose), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived("signing-keys")))


def _derived(purpose: str) -> bytes:
    return _derive(settings.AUTH_MASTER_KEY, purpose)


@cache
def _derive(master: str, purpose: str) -> bytes:
    if len(master) < SHORTEST:
        msg = f"AUTH_MASTER_KEY must have at least {SHORTEST} characters"
        raise ImproperlyConfigured(msg)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(
        master.encode()
    )
