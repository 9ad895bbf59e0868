"""A provider that fails as told, and books that can be asked for their sums."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Sum
from uuid_utils.compat import uuid7

from extracted.contracts.values import Money
from monolith.payments.provider import Question, Reply


def euros(amount: int) -> Money:
    return Money(amount=amount, currency="EUR")


@dataclass
class Flaky:
    """The sandbox behind a bad line; `faults` are used up one per question.

    lost: the question never arrives; late: the answer does not; dead: we die with the answer in
    hand; twice: it comes twice, and once more whenever we ask about anything; older: only answers
    to older questions come.
    """

    inner: Any
    faults: list[str] = field(default_factory=list)
    seen: list[Reply] = field(default_factory=list)
    # How often each fault was really met: one that was planned may find nobody who asks.
    met: Counter[str] = field(default_factory=Counter)

    def ask(self, question: Question) -> Iterable[Reply]:
        from monolith.payments.provider import ProviderSilent

        fault = self.faults.pop(0) if self.faults else ""
        self.met[fault] += 1
        if fault == "lost":
            raise ProviderSilent
        replies = list(self.inner.ask(question))
        self.seen += replies
        if fault == "late":
            raise ProviderSilent
        if fault == "dead":
            raise Died
        if fault == "older":
            return [reply for reply in self.seen if reply.operation_id != question.operation_id]
        return [*replies, *self.seen] if fault == "twice" else replies


class Died(BaseException):
    """This process ended here."""


@pytest.fixture
def provider() -> Flaky:
    from monolith.payments.sandbox import Sandbox

    return Flaky(Sandbox())


@pytest.fixture
def payments(committed: None, provider: Flaky) -> Any:
    from monolith.payments.local import LocalPayments

    return LocalPayments(provider)


@pytest.fixture
def authorize(payments: Any) -> Callable[..., Any]:
    def authorize(amount: int = 1000, *, token: str = "tok_approve", **changes: Any) -> Any:
        wanted = {"payment_id": uuid7(), "order_id": uuid7(), **changes}
        return payments.authorize(amount=euros(amount), card_token=token, **wanted)

    return authorize


@pytest.fixture
def balances() -> Callable[[], dict[str, int]]:
    def balances() -> dict[str, int]:
        from monolith.payments.models import Entry

        found = Entry.objects.values("account").annotate(total=Sum("amount"))
        return {row["account"]: row["total"] for row in found if row["total"]}

    return balances
