"""The questions of the worksheet to the database, asked of ours."""

import re

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


def test_every_table_of_the_catalog_has_versions(owner):
    assert owner.execute(WITHOUT_VERSION).fetchall() == []
    owner.execute("CREATE TABLE catalog_unversioned (id uuid PRIMARY KEY)")
    try:
        assert owner.execute(WITHOUT_VERSION).fetchall() == [("catalog_unversioned",)]
    finally:
        owner.execute("DROP TABLE catalog_unversioned")
