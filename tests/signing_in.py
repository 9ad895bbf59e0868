"""People who are signed in, for tests that speak to the running system."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

# Well within the life of an access token, and rare enough for the throttle: right tries are forgiven.
SIGNED_IN_FOR_S = 300


@dataclass(slots=True, eq=False)
class SignedIn(httpx.Auth):
    """Says on each request who asks; signs in again before the token ends, however long a suite."""

    door: str
    email: str
    password: str
    _token: str = field(default="", init=False)
    _since: float = field(default=0.0, init=False)

    @property
    def token(self) -> str:
        if not self._token or time.monotonic() - self._since > SIGNED_IN_FOR_S:
            session = post(self.door, "/api/v1/sessions", email=self.email, password=self.password)
            self._token, self._since = str(session["access_token"]), time.monotonic()
        return self._token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        # Where a test says itself who asks, it wants to see what comes of that.
        request.headers.setdefault("Authorization", f"Bearer {self.token}")
        yield request


def post(door: str, path: str, **body: str) -> dict[str, object]:
    """Post what anyone may."""
    answer = httpx.post(
        door + path, json=body, headers={"Idempotency-Key": str(uuid4())}, timeout=15
    )
    assert answer.is_success, answer.text
    found: dict[str, object] = answer.json()
    return found


def a_new_customer(door: str) -> tuple[str, SignedIn]:
    """Register somebody; returns the id, and who it is."""
    who = SignedIn(door, f"{uuid4().hex}@example.org", uuid4().hex)
    made = post(door, "/api/v1/customers", email=who.email, name="Ada", password=who.password)
    return str(made["id"]), who
