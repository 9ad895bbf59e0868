"""What ties orders to other domains in the database."""

FOREIGN_KEYS = """
    SELECT split_part(c.conrelid::regclass::text, '_', 1),
           split_part(c.confrelid::regclass::text, '_', 1)
      FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
"""


def test_foreign_keys_across_domains_are_known(owner):
    keys = {(mine, theirs) for mine, theirs in owner.execute(FOREIGN_KEYS) if mine != theirs}
    assert keys == {("orders", "customers")}
