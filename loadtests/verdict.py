"""What became of every write: the ledger joined with the databases of the services.

* **lost**: the client was told yes, and the owner does not show it (or shows something else).
* **doubled**: one intent had its effect more than once.
* **wrong side**: a write was executed by a side that did not own the domain in that epoch.
* **out of order**: a write that began after another was acknowledged has the lower version.
* **mails lost**, **mails doubled**: a status of an order has no mail that was sent, or more than one.
* **books wrong**: stock that adjustments and sales do not explain, goods sold that were not there, an
  adjustment made twice or not at all.
* **sales wrong**: a purchase whose order and goods have different ends, or one that was refused and done.
* **unjudged**: a write to a domain that has no witness; it counts as asked for, not as acknowledged.
* **unknown**: a write whose client once got no answer; resolved when asking again got one.

Judging is pure and linear: it takes the ledger and the evidence, and asks nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from loadtests.checks import doubled, lost, money, out_of_order, stock, wrong_side
from loadtests.evidence import DomainEvidence
from loadtests.findings import Finding
from loadtests.ledger import Intent, Kind, Outcome
from loadtests.mails import NO_MAILS, MailEvidence
from loadtests.mails import doubled as doubled_mails
from loadtests.mails import lost as lost_mails
from loadtests.money import NO_MONEY, MoneyEvidence
from loadtests.stock import NO_STOCK, StockEvidence

DOMAIN_OF = {
    Kind.PRODUCT_CREATE: "catalog",
    Kind.PRODUCT_CHANGE: "catalog",
    Kind.PRODUCT_DELETE: "catalog",
    Kind.ORDER_PLACE: "orders",
    Kind.ORDER_CHECKOUT: "orders",
    Kind.ORDER_CANCEL: "orders",
    Kind.ORDER_REFUND: "orders",
    Kind.STOCK_ADJUST: "inventory",
    Kind.CART_CHANGE: "orders",
    Kind.CUSTOMER_CREATE: "customers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counts of what was, and findings of what should not have been."""

    intents: int
    acknowledged: int
    unknown_resolved: int
    unknown_unresolved: int
    unjudged: int
    failed: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    doubled: tuple[Finding, ...]
    wrong_side: tuple[Finding, ...]
    out_of_order: tuple[Finding, ...]
    unsettled: tuple[Finding, ...]
    mails_lost: tuple[Finding, ...] = ()
    mails_doubled: tuple[Finding, ...] = ()
    books: tuple[Finding, ...] = ()
    sales: tuple[Finding, ...] = ()
    money: tuple[Finding, ...] = ()

    @property
    def wrongs(self) -> dict[str, tuple[Finding, ...]]:
        """Everything that must be empty, by its name."""
        return {
            "failed": self.failed,
            "lost": self.lost,
            "doubled": self.doubled,
            "wrong side": self.wrong_side,
            "out of order": self.out_of_order,
            "unsettled": self.unsettled,
            "mails lost": self.mails_lost,
            "mails doubled": self.mails_doubled,
            "books wrong": self.books,
            "sales wrong": self.sales,
            "money wrong": self.money,
        }

    @property
    def clean(self) -> bool:
        """An empty ledger proves nothing, so it is not clean either."""
        return self.acknowledged > 0 and not any(self.wrongs.values())


def judge(
    ledger: Sequence[Intent],
    evidence: Iterable[DomainEvidence],
    *,
    mails: MailEvidence = NO_MAILS,
    books: StockEvidence = NO_STOCK,
    charges: MoneyEvidence = NO_MONEY,
) -> Verdict:
    by_domain = _by_domain(ledger)
    cases = [(by_domain.pop(case.domain, []), case) for case in evidence]
    findings = partial(_findings, cases)
    return Verdict(
        intents=len(ledger),
        acknowledged=sum(intent.acknowledged for intents, _ in cases for intent in intents),
        unknown_resolved=sum(_resolved(intent) for intent in ledger if intent.unknown_before),
        unknown_unresolved=sum(not _resolved(intent) for intent in ledger),
        unjudged=sum(len(intents) for intents in by_domain.values()),
        failed=tuple(_failures(ledger)),
        lost=findings(lost.findings),
        doubled=findings(doubled.findings),
        wrong_side=findings(wrong_side.findings),
        out_of_order=findings(out_of_order.findings),
        unsettled=findings(_unsettled),
        mails_lost=tuple(lost_mails(ledger, mails)),
        mails_doubled=tuple(doubled_mails(ledger, mails)),
        books=_booked(ledger, books),
        sales=tuple(stock.sales(ledger, books)),
        money=tuple(money.findings(charges)),
    )


def _booked(ledger: Sequence[Intent], books: StockEvidence) -> tuple[Finding, ...]:
    # Without books nobody can say that an adjustment is not in them.
    return () if books is NO_STOCK else tuple(stock.books(ledger, books))


def _findings(
    cases: Sequence[tuple[Sequence[Intent], DomainEvidence]], check: _Check
) -> tuple[Finding, ...]:
    return tuple(finding for intents, case in cases for finding in check(intents, case))


def _by_domain(ledger: Iterable[Intent]) -> dict[str, list[Intent]]:
    found: dict[str, list[Intent]] = defaultdict(list)
    for intent in ledger:
        found[DOMAIN_OF[intent.kind]].append(intent)
    return found


_Check = Callable[[Sequence[Intent], DomainEvidence], Iterator[Finding]]


def _resolved(intent: Intent) -> bool:
    return intent.outcome not in {Outcome.SENT, Outcome.UNKNOWN}


def _failures(ledger: Iterable[Intent]) -> Iterator[Finding]:
    for intent in ledger:
        if intent.failed:
            detail = f"{intent.kind}: {intent.status or 'no answer'} {intent.reason or ''}".rstrip()
            yield Finding(check="failed", key=intent.key, detail=detail)


def _unsettled(_: Sequence[Intent], case: DomainEvidence) -> Iterator[Finding]:
    for detail in case.unsettled:
        yield Finding(check="unsettled", key=case.domain, detail=detail)
    if case.copy.mode != "OWNER":
        detail = f"its service is {case.copy.mode}"
        yield Finding(check="one owner", key=case.domain, detail=detail)
