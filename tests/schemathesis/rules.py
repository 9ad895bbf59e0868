"""What schemathesis cannot know of this API: keys are used once, and some refusals are right."""

from typing import Any
from uuid import UUID, uuid4

import schemathesis

KEY = "Idempotency-Key"
# A valid request may name what does not exist, or come at the wrong moment; it may not be invalid.
# What a schema cannot say, by the words of the refusal.
BEYOND_SCHEMAS = {
    "cursor is not one of ours": "a cursor is opaque: only one that was handed out is right",
    "name each product once": "JSON Schema compares whole items, not one field of each",
    "must consist of printable characters": "what is printable, Unicode says anew every year",
    "should be a valid integer": "763.0 is an integer to JSON Schema, but money is never a float",
}
REFUSALS_OF_FORM = {"invalid-input", "malformed-json", "unsupported-media-type"}


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


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
