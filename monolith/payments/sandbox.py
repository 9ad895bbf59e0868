"""A provider for rehearsals: it answers by card token, and remembers what it did, as banks do.

tok_approve   says yes
tok_decline   says no
tok_timeout   says nothing in time, but has reserved the money; asked again, it says so
tok_twice     says everything twice
"""

from collections.abc import Iterable

from monolith.payments.models import SandboxOperation
from monolith.payments.provider import ProviderSilent, Question, Reply

_DECLINED = {"tok_decline": "card_declined"}
_KNOWN = frozenset({"tok_approve", "tok_decline", "tok_timeout", "tok_twice"})


class Sandbox:
    """The Provider protocol over a table that plays the far side."""

    def ask(self, question: Question) -> Iterable[Reply]:
        """Answer by the card's token; raises ProviderSilent."""
        refusal = _refusal(question)
        row, is_new = SandboxOperation.objects.get_or_create(
            id=question.operation_id,
            defaults={
                "payment_id": question.payment_id,
                "kind": question.kind,
                "amount": question.amount.amount,
                "currency": question.amount.currency,
                "accepted": refusal is None,
                "reason": refusal,
            },
        )
        if is_new and question.kind == "authorize" and question.card_token == "tok_timeout":  # noqa: S105 - a name, no secret
            raise ProviderSilent
        reply = Reply(operation_id=row.id, accepted=row.accepted, reason=row.reason)
        return (reply, reply) if question.card_token == "tok_twice" else (reply,)  # noqa: S105 - likewise


def _refusal(question: Question) -> str | None:
    if question.kind != "authorize":
        known = SandboxOperation.objects.filter(
            payment_id=question.payment_id, kind="authorize", accepted=True
        )
        return None if known.exists() else "unknown_payment"
    if question.card_token not in _KNOWN:
        return "unknown_card"
    return _DECLINED.get(question.card_token)
