"""The verdict on money: paid once for what was bought, not at all for what was not."""

from dataclasses import replace

import pytest

from loadtests.checks.money import findings
from loadtests.money import Bought, MoneyEvidence, Paid

CHARGED = {"p1": (500, 0), "p2": (300, 300), "p4": (0, 0), "of another shop": (7, 0)}
EVIDENCE = MoneyEvidence(
    payments=(
        Paid(id="p1", order_id="o1", status="captured", amount=500, refunded=0),
        Paid(id="p2", order_id="o2", status="refunded", amount=300, refunded=300),
        Paid(id="p3", order_id="o3", status="declined", amount=200, refunded=0),
        Paid(id="p4", order_id="o4", status="voided", amount=100, refunded=0),
    ),
    bought=(
        Bought(payment_id="p1", step="done", amount=500, is_refunded=False),
        Bought(payment_id="p2", step="done", amount=300, is_refunded=True),
        Bought(payment_id="p3", step="failed", amount=200, is_refunded=False),
        # Out of stock: it never came to a payment.
        Bought(payment_id="p9", step="failed", amount=200, is_refunded=False),
    ),
    charged=CHARGED,
)


def told(**changes: object) -> list[str]:
    return [finding.detail for finding in findings(replace(EVIDENCE, **changes))]  # type: ignore[arg-type]


def test_money_that_is_where_it_belongs_is_no_finding() -> None:
    assert told() == []
    assert told(charged=None) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"uneven": ("op",)}, "do not sum to zero"),
        ({"payments": EVIDENCE.payments[1:]}, "its payment unknown"),
        ({"bought": (replace(EVIDENCE.bought[0], amount=499),)}, "cost 499, and 500 were taken"),
        ({"bought": (replace(EVIDENCE.bought[0], step="failed"),)}, "failed, and its payment is"),
        ({"bought": (replace(EVIDENCE.bought[0], is_refunded=True),)}, "is refunded, and its payment"),
        ({"charged": {**CHARGED, "p1": (1000, 0)}}, "the bank took 1000"),
        ({"charged": {**CHARGED, "p3": (200, 0)}}, "the bank took 200"),
        ({"charged": {"p2": (300, 300)}}, "the bank knows nothing of it"),
    ],
)  # fmt: skip
def test_each_wrong_is_told(changes: dict[str, object], words: str) -> None:
    (wrong,) = told(**changes)
    assert words in wrong
