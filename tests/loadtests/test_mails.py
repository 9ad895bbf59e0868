"""The verdict on mails: one per status of an order of the run, sent once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtests.ledger import Intent, Kind, Outcome
from loadtests.mails import Mail, MailEvidence, Order, delivered_in, doubled, lost
from loadtests.verdict import judge

LEDGER = (
    Intent(key="k1", kind=Kind.ORDER_PLACE, outcome=Outcome.OK, mark="ref-1", aggregate="o1"),
    # Its answer was lost; the order is there.
    Intent(key="k2", kind=Kind.ORDER_PLACE, outcome=Outcome.UNKNOWN, mark="ref-2"),
)
CLEAN = MailEvidence(
    orders=(
        Order(id="o1", mark="ref-1", status="paid"),
        Order(id="o2", mark="ref-2", status="placed"),
        # Of another run, or from the seed: its mails are not this run's business.
        Order(id="o3", mark=None, status="placed"),
    ),
    mails=(
        Mail(id="m1", order_id="o1", status="placed", is_sent=True),
        Mail(id="m2", order_id="o1", status="paid", is_sent=True),
        Mail(id="m3", order_id="o2", status="placed", is_sent=True),
    ),
    delivered={"m1": 1, "m2": 1, "m3": 1, "m-of-another-run": 2},
)


def complaints(evidence: MailEvidence) -> list[str]:
    verdict = judge(LEDGER, (), mails=evidence)
    return [f.detail for f in (*verdict.mails_lost, *verdict.mails_doubled)]


def test_nothing_is_found_where_all_is_well() -> None:
    assert complaints(CLEAN) == []
    assert complaints(replace(CLEAN, delivered=None)) == []


def with_mail(number: int, **fields: Any) -> MailEvidence:
    mails = list(CLEAN.mails)
    mails[number] = replace(mails[number], **fields)
    return replace(CLEAN, mails=tuple(mails))


@pytest.mark.parametrize(
    "evidence",
    [
        replace(CLEAN, mails=CLEAN.mails[:-1]),
        with_mail(1, is_sent=False),
        with_mail(1, status="shipped"),
        replace(CLEAN, delivered={"m1": 1, "m3": 1}),
    ],
    ids=["no row", "not sent", "about something else", "no file"],
)
def test_a_mail_that_is_missing_is_lost(evidence: MailEvidence) -> None:
    assert len(list(lost(LEDGER, evidence))) == 1
    assert not list(doubled(LEDGER, evidence))


def test_two_mails_about_one_status_are_one_too_many() -> None:
    twice = replace(CLEAN, mails=(*CLEAN.mails, replace(CLEAN.mails[0], id="m9")))
    assert complaints(replace(twice, delivered=None)) == ["2 mails about placed"]


def test_a_mail_that_was_delivered_twice_is_doubled() -> None:
    twice = replace(CLEAN, delivered={**(CLEAN.delivered or {}), "m2": 2})
    assert complaints(twice) == ["the mail about paid was sent 2 times"]


def test_files_are_counted_by_the_mails_in_them(tmp_path: Path) -> None:
    one = b"Subject: x\nMessage-ID: <a@shop.example>\n\nDear Ada\n"
    (tmp_path / "20261127.log").write_bytes(one + b"-" * 79 + b"\n" + one.replace(b"<a@", b"<b@"))
    (tmp_path / "c.eml").write_bytes(one)
    (tmp_path / ".half").write_bytes(one)
    assert delivered_in(tmp_path) == {"a": 2, "b": 1}
