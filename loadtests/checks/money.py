"""Money that was taken twice, or not, or for nothing; books that are not even."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.findings import Finding
from loadtests.money import CHARGED, Bought, MoneyEvidence, Paid


def findings(evidence: MoneyEvidence) -> Iterator[Finding]:
    """Every purchase that was made was paid once; every other one was not."""
    for operation in evidence.uneven:
        yield _finding(operation, "its entries do not sum to zero")
    payments = {payment.id: payment for payment in evidence.payments}
    for bought in evidence.bought:
        if wrong := _of_purchase(bought, payments.get(bought.payment_id)):
            yield _finding(bought.payment_id, wrong)
    if evidence.charged is not None:
        yield from _of_bank(evidence, payments)


def _of_purchase(bought: Bought, paid: Paid | None) -> str | None:
    status = paid.status if paid else "unknown"
    if bought.step == "failed":
        return f"the purchase failed, and its payment is {status}" if status in CHARGED else None
    wanted = "refunded" if bought.is_refunded else "captured"
    if paid is None or paid.status != wanted:
        return f"the purchase is {wanted}, and its payment {status}"
    if paid.amount != bought.amount:
        return f"the purchase cost {bought.amount}, and {paid.amount} were taken"
    return None


def _of_bank(evidence: MoneyEvidence, payments: dict[str, Paid]) -> Iterator[Finding]:
    charged = evidence.charged or {}
    for key, (taken, given_back) in charged.items():
        paid = payments.get(key)
        if paid is None:
            # Another shop's, or one that was emptied since.
            continue
        ours = (paid.amount, paid.refunded) if paid.status in CHARGED else (0, 0)
        if ours != (taken, given_back):
            yield _finding(key, f"the bank took {taken} and gave back {given_back}, we say {ours}")
    for paid in payments.values():
        if paid.status in CHARGED and paid.id not in charged:
            yield _finding(paid.id, "by our books it was charged, and the bank knows nothing of it")


def _finding(key: str, detail: str) -> Finding:
    return Finding(check="money wrong", key=key, detail=detail)
