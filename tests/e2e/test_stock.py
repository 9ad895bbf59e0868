"""The books of the warehouse add up, and goods that come from nowhere are found."""

import psycopg


def test_goods_that_come_from_nowhere_are_found(system, people):
    people.write_more(10)
    assert people.verdict().books == ()
    change = "UPDATE inventory.stock SET on_hand = on_hand + %s WHERE id = %s"
    with psycopg.connect(
        system.variables["INVENTORY_OWNER_DATABASE_URL"], autocommit=True
    ) as owner:
        row = owner.execute("SELECT id FROM inventory.stock ORDER BY id LIMIT 1").fetchone()
        owner.execute(change, (1, row[0]))
        try:
            found = people.verdict().books
        finally:
            owner.execute(change, (-1, row[0]))
    assert {finding.key for finding in found} == {str(row[0])}
    assert "explained are" in found[0].detail
