"""Books that do not add up, purchases with another end than their goods, refusals that were none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from loadtests.findings import Finding
from loadtests.ledger import Intent, Kind, Outcome
from loadtests.stock import Books, Checkout, StockEvidence


def books(ledger: Sequence[Intent], evidence: StockEvidence) -> Iterator[Finding]:
    """Everything is explained."""
    yield from _sums(evidence.books, evidence.openings)
    yield from _adjustments(ledger, evidence.books)


def sales(ledger: Sequence[Intent], evidence: StockEvidence) -> Iterator[Finding]:
    """Who bought has one order and the goods; who did not has neither."""
    standing = {row.id: row.status for row in evidence.books.reservations}
    for checkout in evidence.checkouts:
        wrong = _end(checkout, standing.get(checkout.reservation_id))
        if wrong:
            yield Finding(check="sales wrong", key=checkout.id, detail=wrong)
    for intent in ledger:
        status = evidence.sold_as.get(intent.mark or "")
        if intent.outcome is Outcome.REFUSED and status not in {None, "cancelled"}:
            detail = f"{intent.kind}: refused with {intent.status}, and the order is {status}"
            yield Finding(check="sales wrong", key=intent.key, detail=detail)


def _sums(owner: Books, openings: Mapping[str, int] | None) -> Iterator[Finding]:
    for level in owner.levels:
        if not 0 <= level.reserved <= level.on_hand:
            detail = f"{level.on_hand} on hand, {level.reserved} reserved"
            yield _finding(level.id, f"oversold: {detail}")
        if level.reserved != level.held:
            detail = f"{level.reserved} reserved, held are {level.held}"
            yield _finding(level.id, detail)
        if openings is not None and level.opening != (wanted := openings.get(level.id, 0)):
            detail = (
                f"{level.on_hand} on hand, explained are {level.on_hand - level.opening + wanted}"
            )
            yield _finding(level.id, detail)


def _adjustments(ledger: Iterable[Intent], owner: Books) -> Iterator[Finding]:
    made = Counter(adjustment.note for adjustment in owner.adjustments)
    for intent in ledger:
        if intent.kind is not Kind.STOCK_ADJUST or intent.mark is None:
            continue
        count = made[intent.mark]
        least = int(intent.outcome is Outcome.OK)
        most = int(intent.outcome is not Outcome.REFUSED)
        if not least <= count <= most:
            yield _finding(intent.key, f"{intent.outcome}, and made {count} times")


def _end(checkout: Checkout, reservation: str | None) -> str | None:
    if checkout.step == "done":
        wanted = "released" if checkout.is_restocked else "confirmed"
        if checkout.orders != 1:
            return f"done, with {checkout.orders} orders"
        if checkout.order_status in {"placed", "cancelled"}:
            return f"done, and the order is {checkout.order_status}"
        return None if reservation == wanted else f"done, and the goods are {reservation or 'lost'}"
    if checkout.step == "failed":
        if checkout.order_status not in {None, "cancelled"}:
            return f"failed, and the order is {checkout.order_status}"
        if reservation in {"held", "confirmed"}:
            return f"failed, and the goods are {reservation}"
    # What is still on its way is told as unsettled.
    return None


def _finding(key: str, detail: str) -> Finding:
    return Finding(check="books wrong", key=key, detail=detail)
