"""The stock leaves the monolith while people buy it, and comes back; the books add up all the time."""

import psycopg
import pytest

from loadtests.ledger import Kind, Outcome
from tests.e2e.conftest import SETTLE_S


@pytest.mark.slow
def test_no_goods_are_lost_sold_twice_or_left_behind_on_the_way_there_and_back(system, people, at):
    at("monolith", seam="inventory")
    there = system.strangler("advance", "inventory", "--to", "cutover")
    people.write_more(60, timeout_s=60)
    back = system.strangler("retreat", "inventory", "--to", "monolith")
    people.write_more(30, timeout_s=60)

    verdict = people.verdict(settle_s=SETTLE_S)

    assert verdict.clean, verdict.wrongs
    assert there["steps"][-1]["to"] == "cutover"
    assert back["steps"][-1]["to"] == "monolith"
    done = {intent.kind for intent in people.ledger() if intent.outcome is Outcome.OK}
    assert {Kind.STOCK_ADJUST, Kind.ORDER_CHECKOUT} <= done
    # Bad cards came, were refused, and left nothing behind.
    assert any(intent.outcome is Outcome.REFUSED for intent in people.ledger())


def test_goods_that_come_from_nowhere_are_found(system, people):
    people.write_more(10)
    assert people.verdict().books == ()
    change = "UPDATE inventory_stock SET on_hand = on_hand + %s WHERE id = %s"
    with psycopg.connect(system.variables["MONOLITH_OWNER_DATABASE_URL"], autocommit=True) as owner:
        row = owner.execute("SELECT id FROM inventory_stock ORDER BY id LIMIT 1").fetchone()
        owner.execute(change, (1, row[0]))
        try:
            found = people.verdict().books
        finally:
            owner.execute(change, (-1, row[0]))
    assert {finding.key for finding in found} == {str(row[0])}
    assert "explained are" in found[0].detail
