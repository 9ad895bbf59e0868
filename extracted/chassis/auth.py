"""Who asks: access tokens, verified with the keys that their issuer publishes.

The keys are fetched when they are old or a key id is new, and kept for as long as the issuer is
away: a shop whose sign-in is down still serves everybody who is signed in.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from nameko.extensions import DependencyProvider
from pydantic import ValidationError

from extracted.chassis.config import Settings
from extracted.chassis.messages import Request
from extracted.chassis.trust import authorities
from extracted.contracts.identity import (
    AUTHORIZATION,
    JWKS_MAX_AGE_S,
    JWKS_PATH,
    Identity,
    Jwks,
    Role,
    identify,
    require,
)
from extracted.contracts.problems import ProblemError

FETCH_TIMEOUT_S = 1.0
# After a try, good or bad, nobody asks again for this long, whatever key ids arrive.
PAUSE_S = 1.0

Fetch = Callable[[], Jwks]

log = logging.getLogger(__name__)


class KeyRing:
    """Remembers the issuer's public keys."""

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        # Green once the process is patched: whoever needs the keys waits, the others go on.
        self._fetching = threading.Lock()
        self._known: Mapping[str, RSAPublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    def __call__(self, kid: str) -> RSAPublicKey | None:
        """Return the key of an id, None when there is none.

        Raises ProblemError 503 for an id we do not know while the issuer does not answer.
        """
        if self._is_due(kid):
            self._refresh(kid)
        if kid not in self._known and not self._is_heard():
            raise ProblemError("unavailable", "The keys of access tokens cannot be fetched now.")
        return self._known.get(kid)

    def _refresh(self, kid: str) -> None:
        # An old copy is good enough while somebody else fetches; having none is not.
        if not self._fetching.acquire(blocking=kid not in self._known):
            return
        try:
            if self._is_due(kid):
                self._take_in()
        finally:
            self._fetching.release()

    def _is_due(self, kid: str) -> bool:
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < PAUSE_S:
            return False
        is_fresh = self._fetched_at is not None and now - self._fetched_at < JWKS_MAX_AGE_S
        return kid not in self._known or not is_fresh

    def _is_heard(self) -> bool:
        """Whether the last try was answered."""
        return self._fetched_at is not None and self._fetched_at == self._tried_at

    def _take_in(self) -> None:
        now = self._clock()
        try:
            self._known = {jwk.kid: jwk.key() for jwk in self._fetch().keys}
            self._fetched_at = now
        except (httpx.HTTPError, ValidationError, jwt.PyJWTError) as error:
            log.warning("keys not fetched", extra={"reason": repr(error)})
        finally:
            self._tried_at = now


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; None where nobody is asked who they are."""

    identity: Identity | None

    def check_owner(self, owner: UUID, *, otherwise: str = "forbidden") -> None:
        """Let pass whose object it is, and staff; raises the ProblemError of the kind `otherwise`.

        Of what has an id of its own, a stranger should not even learn that it exists: name the kind
        that is answered for unknown ids.
        """
        if self.identity is not None and not self.identity.may_see(owner):
            raise ProblemError(otherwise)


class Guard:
    """Lets pass who may; everybody, while the switch is off."""

    def __init__(self, keys: KeyRing, *, is_on: bool) -> None:
        self._keys = keys
        self._is_on = is_on

    def admit(self, request: Request, roles: Collection[Role]) -> Caller:
        """Let pass who has one of the roles; raises ProblemError 401, 403 or 503."""
        if not self._is_on:
            return Caller(None)
        identity = identify(request.header(AUTHORIZATION), keys=self._keys)
        require(identity, roles)
        return Caller(identity)


class GuardProvider(DependencyProvider):
    """Gives workers the Guard."""

    guard: Guard

    def setup(self) -> None:
        """Prepare the client; the keys are fetched when the first token comes."""
        settings: Settings = self.container.config["SETTINGS"]
        self._client = httpx.Client(timeout=FETCH_TIMEOUT_S, trust_env=False, verify=authorities())
        self.guard = Guard(KeyRing(self._fetcher(settings)), is_on=settings.auth_required)

    def stop(self) -> None:
        """Close the connections."""
        self._client.close()

    def get_dependency(self, _: Any) -> Guard:
        """Return the Guard."""
        return self.guard

    def _fetcher(self, settings: Settings) -> Fetch:
        def fetch() -> Jwks:
            # Signing in has stayed in the monolith.
            answer = self._client.get(settings.keys_url + JWKS_PATH)
            answer.raise_for_status()
            return Jwks.model_validate_json(answer.content)

        return fetch
