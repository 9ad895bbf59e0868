"""The questions of the worksheet to the database, asked of ours."""

import re

from extracted.contracts.catalog import DOMAIN
from monolith.catalog import entities
from tests.docs.markdown import ROOT

WORKSHEET = (ROOT / "migration-plan" / "worksheet.md").read_text(encoding="utf-8")
KEYS, COUNTED, WITHOUT_VERSION = re.findall(r"```sql\n(.*?)```", WORKSHEET, re.DOTALL)


def test_no_key_of_our_domains_crosses(owner):
    holders = {str(row[0]).partition("_")[0] for row in owner.execute(KEYS).fetchall()}
    # Django's own: permissions and the admin's log refer to users and to content types.
    assert holders <= {"auth", "django", "customers"}
    owner.execute("CREATE TABLE orders_tie (product uuid REFERENCES catalog_product (id))")
    try:
        assert ("orders_tie", "catalog_product") in [
            (str(holder), str(target)) for holder, target, _ in owner.execute(KEYS).fetchall()
        ]
    finally:
        owner.execute("DROP TABLE orders_tie")


def test_no_key_of_the_catalog_is_counted_up(owner):
    assert owner.execute(COUNTED).fetchall() == []
    owner.execute("CREATE TABLE catalog_counted (id serial PRIMARY KEY)")
    try:
        assert owner.execute(COUNTED).fetchall() == [("catalog_counted", "id")]
    finally:
        owner.execute("DROP TABLE catalog_counted")


def test_only_what_never_changes_has_no_version(owner):
    found = {f"public.{table}" for (table,) in owner.execute(WITHOUT_VERSION).fetchall()}
    described = [entities.CATEGORY, entities.PRODUCT, entities.COMMAND]
    assert found == {entity.table for entity in described if entity.immutable}
    assert DOMAIN == "catalog"
