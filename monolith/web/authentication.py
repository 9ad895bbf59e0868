"""Who asks: an access token, verified with keys this process remembers, without a database.

The keys come from the app that signs; it is named in the settings, because this folder knows no app.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from extracted.contracts.identity import AUTHORIZATION, JWKS_MAX_AGE_S, Identity, identify

# However many unknown key ids arrive, they cost at most this many looks per second.
LOOKS_PER_S = 1.0

Load = Callable[[], Mapping[str, RSAPublicKey]]


class KeyRing:
    """Remembers the public keys; looks again when they are old, or a key id is new to it."""

    def __init__(self, load: Load, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._looking = threading.Lock()
        self._known: Mapping[str, RSAPublicKey] = {}
        self._looked_at: float | None = None

    def __call__(self, kid: str) -> RSAPublicKey | None:
        """Return the key of an id, None when there is no such key."""
        if self._is_to_look(kid):
            with self._looking:
                if self._is_to_look(kid):
                    self._known = self._load()
                    self._looked_at = self._clock()
        return self._known.get(kid)

    def forget(self) -> None:
        """Look again next time."""
        self._looked_at = None

    def _is_to_look(self, kid: str) -> bool:
        if self._looked_at is None:
            return True
        age_s = self._clock() - self._looked_at
        return age_s >= (JWKS_MAX_AGE_S if kid in self._known else 1 / LOOKS_PER_S)


def _load() -> Mapping[str, RSAPublicKey]:
    return cast("Load", import_string(settings.ACCESS_KEYS))()


KEYS = KeyRing(_load)


class BearerAuthentication(BaseAuthentication):
    """DRF's way to ask; the identity becomes `request.user`."""

    def authenticate(self, request: Request) -> tuple[Identity, None]:
        """Verify the token; raises ProblemError 401, also where there is none."""
        return identify(request.headers.get(AUTHORIZATION), keys=KEYS), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Name the scheme."""
        return "Bearer"
