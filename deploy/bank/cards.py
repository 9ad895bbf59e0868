"""What the bank does with a card, by its token.

tok_approve   says yes
tok_decline   says no
tok_timeout   reserves the money, and the line breaks before it says so; asked again, it says so
tok_twice     says everything twice
"""

from collections.abc import Mapping

DECLINED: Mapping[str, str] = {"tok_decline": "card_declined"}
KNOWN = frozenset({"tok_approve", "tok_decline", "tok_timeout", "tok_twice"})


def refusal_of_card(token: str) -> str | None:
    """Say why nothing is reserved on a card, None when it is."""
    return DECLINED.get(token) if token in KNOWN else "unknown_card"


def breaks_the_line(token: str, *, kind: str, is_new: bool) -> bool:
    """Whether whoever asks hears nothing this time."""
    return token == "tok_timeout" and kind == "authorize" and is_new  # noqa: S105 - a name, no secret


def answers(token: str) -> int:
    """How often everything is said."""
    return 2 if token == "tok_twice" else 1  # noqa: S105 - likewise
