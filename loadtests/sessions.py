"""Who somebody is at the shop: signs in, and goes on before the access token ends.

* **session**: what one sign-in began. Its refresh token may be used once, by one process: a used one
  that comes again ends the session. So each process signs in for itself, and whoever acts as the
  same customer there shares the session: 24 merchants who signed in at once with one account would
  be 24 tries at one password, which is what the shop's throttle is there to stop.
* **ask**: one request, asked until it is answered, by whichever person needs the session first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from locust.exception import StopUser

from loadtests.credentials import Credentials
from loadtests.wire import Answer, Request

SESSIONS = "/api/v1/sessions"
AHEAD_S = 60.0
"""A token is renewed so long before it ends, or halfway where it lives shorter than twice that."""

Ask = Callable[[Request], Answer]


class NotSignedIn(StopUser):
    """The shop lets this person do nothing more; locust sends them home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    access_token: str
    refresh_token: str
    renew_at: float


class Session:
    """One customer's session, shared by all who act as that customer."""

    def __init__(
        self, credentials: Credentials, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        # Locust has made it green: one renews, the others wait for what it gets.
        self._renewing = threading.Lock()
        self._held: _Held | None = None
        self._is_refused = False

    def token(self, ask: Ask) -> str:
        """The access token, renewed when it is about to end; raises NotSignedIn."""
        if (known := self._fresh()) is not None:
            return known
        with self._renewing:
            # Somebody else may have renewed it while we waited.
            return self._fresh() or self._renew(ask)

    def renewed(self, refused: str, ask: Ask) -> str:
        """Another token than the one that was refused; raises NotSignedIn."""
        with self._renewing:
            if self._held is not None and self._held.access_token != refused:
                return self._held.access_token
            return self._renew(ask)

    def _fresh(self) -> str | None:
        held = self._held
        return held.access_token if held and self._clock() < held.renew_at else None

    def _renew(self, ask: Ask) -> str:
        # Once refused is refused for all: everybody's try counts against the account.
        if self._is_refused:
            raise NotSignedIn
        answer = None if self._held is None else ask(_refresh(self._held))
        if answer is None or not answer.ok:
            answer = ask(_sign_in(self._credentials))
        if not answer.ok:
            self._is_refused = True
            raise NotSignedIn
        self._held = _held(answer, now=self._clock())
        return self._held.access_token


def _held(answer: Answer, *, now: float) -> _Held:
    lives_s = float(answer.body["expires_in_s"])
    return _Held(
        access_token=str(answer.body["access_token"]),
        refresh_token=str(answer.body["refresh_token"]),
        renew_at=now + max(lives_s - AHEAD_S, lives_s / 2),
    )


def _sign_in(credentials: Credentials) -> Request:
    body = {"email": credentials.email, "password": credentials.password}
    return Request.for_anyone(SESSIONS, name="sign in", body=body)


def _refresh(held: _Held) -> Request:
    body = {"refresh_token": held.refresh_token}
    return Request.for_anyone(f"{SESSIONS}/refresh", name="go on", body=body)
