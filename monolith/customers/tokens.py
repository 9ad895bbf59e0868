"""What a session hands out: access tokens, which anybody can verify, and refresh tokens.

A refresh token is `<session>.<generation>.<code>`; only we can compute the code, so nothing of it
is kept, and whoever reads our database cannot make one.
"""

import hmac
import time
import uuid
from dataclasses import dataclass
from uuid import UUID

import jwt

from extracted.contracts.identity import ALGORITHM, AUDIENCE, ISSUER, TOKEN_TYPE, Role
from extracted.contracts.problems import ProblemError
from monolith.customers import keys, models, secrecy


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh token says."""

    session_id: UUID
    generation: int


def access_token(customer: models.Customer) -> str:
    """Sign who the customer is, and what the customer may, for a short time."""
    signer = keys.signer()
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(customer.id),
        "roles": [Role.CUSTOMER, *customer.roles],
        "iat": now,
        "exp": now + int(keys.ACCESS_LIFETIME.total_seconds()),
        "jti": uuid.uuid4().hex,
    }
    headers = {"kid": signer.kid, "typ": TOKEN_TYPE}
    return jwt.encode(claims, signer.key, algorithm=ALGORITHM, headers=headers)


def refresh_token(session: models.Session) -> str:
    """Return the token of the session's present generation."""
    text = f"{session.id.hex}.{session.generation}"
    return f"{text}.{_code(text)}"


def read_refresh_token(token: str) -> Refresh:
    """Read what we once handed out; raises ProblemError 401 for anything else."""
    text, _, code = token.rpartition(".")
    if not hmac.compare_digest(_code(text).encode(), code.encode()):
        raise ProblemError("session-ended", "The refresh token is not one of ours.")
    session_id, _, generation = text.partition(".")
    return Refresh(session_id=UUID(hex=session_id), generation=int(generation))


def _code(text: str) -> str:
    return secrecy.code("refresh-tokens", text)
