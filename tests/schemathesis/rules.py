"""What schemathesis cannot know of this API: keys are used once, and some refusals are right."""

import os
from typing import Any
from uuid import UUID, uuid4

import httpx
import schemathesis

KEY = "Idempotency-Key"
# A valid request may name what does not exist, or come at the wrong moment; it may not be invalid.
# What a schema cannot say, by the words of the refusal.
BEYOND_SCHEMAS = {
    "cursor is not one of ours": "a cursor is opaque: only one that was handed out is right",
    "name each product once": "JSON Schema compares whole items, not one field of each",
    "must consist of printable characters": "what is printable, Unicode says anew every year",
    "entirely numeric": "a rule for people who choose passwords, not a form",
    "too common": "the list of what everybody chooses is long",
    "nobody signs in without one": "needed where sign-in is on; the schema is of both worlds",
    "until is before since": "JSON Schema compares no two parameters",
    "should be a valid integer": "763.0 is an integer to JSON Schema, but money is never a float",
}
REFUSALS_OF_FORM = {"invalid-input", "malformed-json", "unsupported-media-type"}


# Half the life of an access token.
AGAIN_AFTER_S = 450


@schemathesis.auth(refresh_interval=AGAIN_AFTER_S)
class Clerk:
    """Asks as staff, whom no door is closed to: strangers only ever learn the words of a 403."""

    def get(self, case: Any, context: Any) -> str:
        answer = _sign_in()
        # A run tries to sign in by chance, too, so the next one may come too early.
        again_in_s = answer.headers.get("Retry-After")
        assert again_in_s is None, f"too many sign-ins from here: run it again in {again_in_s} s"
        return str(answer.raise_for_status().json()["access_token"])

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make every key new: chance likes zeros, and a used key is rightly refused."""
    key = (case.headers or {}).get(KEY)
    if key is not None and _is_uuid(key):
        case.headers[KEY] = str(uuid4())


@schemathesis.check
def refused_without_a_reason(ctx: Any, response: Any, case: Any) -> None:
    """A request that keeps to the description is not refused for its form."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if response.status_code < 400 or response.status_code >= 500:
        return
    found = response.json()
    kind = found["type"].removeprefix("urn:problem:")
    beyond = any(words in str(found.get("errors")) for words in BEYOND_SCHEMAS)
    assert kind not in REFUSALS_OF_FORM or beyond, found


def _sign_in() -> httpx.Response:
    return httpx.post(
        f"{os.environ['MONOLITH_URL']}/api/v1/sessions",
        json={"email": "clerk@shop.example", "password": os.environ["SEED_PASSWORD"]},
        headers={KEY: str(uuid4())},
        timeout=15,
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
